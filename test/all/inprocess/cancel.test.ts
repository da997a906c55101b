import { testCancels } from '../../support/cancels.js';

testCancels('before'); // before the answer arrives: test/inprocess/cancel.test.ts
