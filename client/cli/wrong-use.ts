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

/** Part of what was asked for was refused; the answer has told what and why. */
export class Refused extends Error {
  override readonly name = 'Refused';

  constructor(count: number, what: string) {
    super(`${count} ${count === 1 ? 'number is' : 'numbers are'} not ${what}`);
  }
}

/** `reconcile` found something, and has said it: for scripts, which tell this from a pass that failed. */
export class Found extends Error {
  override readonly name = 'Found';
}
