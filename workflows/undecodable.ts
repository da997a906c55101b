/**
 * Stands for a payload that could not be decoded. Its one field is unknown to every schema of the contract, so each check
 * refuses it by name.
 */
export class Undecodable {
  /** @param undecodable why */
  constructor(readonly undecodable: string) {}
}
