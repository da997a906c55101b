/** Prints a figure that a test has measured, for people. */
export function tell(figure: string): void {
  process.stdout.write(`\n${figure}\n`);
}
