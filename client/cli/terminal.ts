import { createInterface } from 'node:readline/promises';
import ora, { type Ora } from 'ora';

/** Where a command reads its settings and writes its words; tests hand in their own. */
export interface Io {
  env: NodeJS.ProcessEnv;
  out: (text: string) => void;
  err: (text: string) => void;
  /** Whether a person looks at stderr: then progress moves on one line. */
  live: boolean;
  /** Asks a person; not there where none can answer. */
  ask?: (question: string) => Promise<boolean>;
}

export const processIo: Io = {
  env: process.env,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
  // Where a terminal has no width, as a bare pseudo-terminal, no line can be moved.
  live: process.stderr.isTTY && process.stderr.columns > 0,
  ...(process.stdin.isTTY && process.stderr.isTTY && { ask: askPerson }),
};

/** Whatever is not a clear yes is a no. */
async function askPerson(question: string): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  const gone = new Promise<string>((resolve) => lines.once('close', () => resolve('')));
  try {
    return /^y(es)?$/i.test((await Promise.race([lines.question(`${question} [y/N] `), gone])).trim());
  } finally {
    lines.close();
  }
}

/** Answers go to stdout, as words or as JSON; everything that is said on the way goes to stderr. */
export class Terminal {
  private spinner: Ora | undefined;
  private said: string | undefined;

  constructor(
    private readonly io: Io,
    readonly json: boolean,
  ) {}

  /** The answer, once as data and once in words. */
  answer(data: unknown, words: () => string): void {
    this.quiet();
    this.io.out(`${this.json ? JSON.stringify(data) : words()}\n`);
  }

  /** One of many answers of a command that goes on: a line, or one JSON object a line. */
  event(data: object, words: string): void {
    this.spinner?.clear();
    this.io.out(`${this.json ? JSON.stringify(data) : words}\n`);
    this.spinner?.render();
  }

  note(text: string): void {
    this.spinner?.clear();
    this.io.err(`${text}\n`);
    this.spinner?.render();
  }

  /** What is being waited for; said again only when it changes. */
  progress(text: string): void {
    if (this.said === text) return;
    this.said = text;
    if (!this.io.live) this.io.err(`${text}\n`);
    else if (this.spinner) this.spinner.text = text;
    // Signals are the commands' own business.
    else this.spinner = ora({ text, discardStdin: false }).start();
  }

  quiet(): void {
    this.spinner?.stop();
    this.spinner = undefined;
    this.said = undefined;
  }
}
