/** `npm run bench`: every measurement, each a command of its own. */
import { Command } from 'commander';
import { compareCommand } from './compare.js';
import { idleCommand } from './idle.js';
import { loadCommand } from './load.js';
import { manyCommand } from './many.js';
import { profileCommand } from './profile.js';
import { stepsCommand } from './steps.js';

await new Command('bench')
  .description('Measures what a life of a number takes, and how much one worker carries')
  .addCommand(compareCommand, { isDefault: true })
  .addCommand(idleCommand)
  .addCommand(manyCommand)
  .addCommand(loadCommand)
  .addCommand(profileCommand)
  .addCommand(stepsCommand)
  .parseAsync();
process.exit(); // calls of a measurement that was cut short may still be open
