/** The command was asked for, or set up, in a way that cannot work. */
export class WrongUse extends Error {
  override readonly name = 'WrongUse';
}

/** `doctor` found something that is wrong, and has said it. */
export class Unwell extends Error {
  override readonly name = 'Unwell';

  constructor(count: number) {
    super(`${count} ${count === 1 ? 'check is' : 'checks are'} wrong`);
  }
}
