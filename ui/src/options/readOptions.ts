/** Read options: how a file is read, if it is not detected. Declared in schemas/read_options.py. */

import declared from "./readOptions.json";

/** Values by the API's names; those of an option that can be repeated are one per line. */
export type ReadOptions = Readonly<Record<string, string>>;

export interface ReadOption {
  name: string;
  kind: string;
  repeated: boolean;
  choices: string[];
  help: string;
  example: string;
}

export const READ_OPTIONS: readonly ReadOption[] = declared;

// Shown first; the others are one click away.
const COMMON = [
  "sensor_column",
  "timestamp_column",
  "value_column",
  "timestamp_format",
  "timezone",
  "missing",
  "delimiter",
  "decimal",
  "header",
  "skip_lines",
  "encoding",
  "layout",
];

export const COMMON_OPTIONS = COMMON.flatMap((name) => READ_OPTIONS.filter((o) => o.name === name));
export const OTHER_OPTIONS = READ_OPTIONS.filter(({ name }) => !COMMON.includes(name));

/** The name of an option in words, as in all sentences of the product. */
function wordsOf(name: string): string {
  return name === "timezone" ? "time zone" : name.replaceAll("_", " ");
}

export function labelOf(name: string): string {
  const words = wordsOf(name);
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** The options in words. */
export function inWords(options: ReadOptions, between = ", "): string {
  return Object.entries(options)
    .map(([name, value]) => `${wordsOf(name)} ${value.split("\n").join(", ")}`)
    .join(between);
}

/** Options as a suggestion or a file record has them, as texts of the form. */
export function asTexts(options: Readonly<Record<string, unknown>>): ReadOptions {
  return Object.fromEntries(
    Object.entries(options)
      .map(([name, value]) => [name, Array.isArray(value) ? value.join("\n") : String(value)])
      .filter(([, value]) => value !== ""),
  ) as ReadOptions;
}

/** Query parameters: a repeated option is a parameter for each of its values. */
export function asParameters(options: ReadOptions): [name: string, value: string][] {
  return Object.entries(options).flatMap(([name, value]) => {
    const repeated = READ_OPTIONS.find((option) => option.name === name)?.repeated ?? false;
    return (repeated ? value.split("\n") : [value]).map((one): [string, string] => [name, one]);
  });
}
