/** Every way in which an answer gets lost that test/inprocess/lost-answers.test.ts does not play. */
import { isSampled, LOST, testLostAnswers } from '../../support/lost-answers.js';

testLostAnswers(LOST.filter((kind) => !isSampled(kind)));
