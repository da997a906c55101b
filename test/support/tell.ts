/** Prints a figure that a test has measured, for people. */
export function tell(figure: string): void {
  process.stdout.write(`\n${figure}\n`);
}

/** Says what is done to the servers that tests run on, and takes a while or a decision. */
export function report(line: string): void {
  process.stderr.write(`${line}\n`);
}
