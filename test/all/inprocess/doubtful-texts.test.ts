/** Every way to write a history, and every refusal, that test/inprocess/doubtful-texts.test.ts does not play. */
import {
  REFUSALS,
  SAMPLED_REFUSALS,
  SAMPLED_WAYS,
  testHistoriesWritten,
  testRefusedCopies,
  WAYS,
} from '../../support/doubtful-texts.js';

testHistoriesWritten(WAYS.filter((way) => !SAMPLED_WAYS.includes(way)));
testRefusedCopies(REFUSALS.filter((status) => !SAMPLED_REFUSALS.includes(status)));
