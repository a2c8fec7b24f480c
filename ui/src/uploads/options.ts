/** How the files that are sent are written, where it should not be found out. */

/** By the names that the API has for them. */
export type UploadOptions = Readonly<Record<string, string>>;

export interface Choice {
  name: string;
  label: string;
  /** Values with what people call them; without them any text is taken. */
  values?: readonly (readonly [value: string, label: string])[];
  hint?: string;
}

export const CHOICES: readonly Choice[] = [
  {
    name: "delimiter",
    label: "Delimiter",
    values: [
      ["comma", "comma"],
      ["semicolon", "semicolon"],
      ["tab", "tab"],
      ["pipe", "pipe"],
      ["space", "spaces"],
    ],
  },
  {
    name: "decimal",
    label: "Decimal sign",
    values: [
      ["point", "point"],
      ["comma", "comma"],
    ],
  },
  {
    name: "header",
    label: "Header",
    values: [
      ["true", "first line"],
      ["false", "none"],
    ],
  },
  {
    name: "encoding",
    label: "Encoding",
    values: [
      ["utf-8", "UTF-8"],
      ["utf-16", "UTF-16"],
      ["iso-8859-1", "Latin-1"],
      ["windows-1252", "Windows-1252"],
    ],
  },
  { name: "timestamp_format", label: "Timestamp format", hint: "%d.%m.%Y %H:%M:%S" },
  { name: "skip_lines", label: "Lines to skip", hint: "0" },
];

/** The options in words, to stand beside a file. */
export function inWords(options: UploadOptions): string {
  return CHOICES.filter(({ name }) => options[name] !== undefined)
    .map(({ name, label, values }) => {
      const value = options[name];
      return `${label.toLowerCase()} ${values?.find(([known]) => known === value)?.[1] ?? value}`;
    })
    .join(", ");
}
