import { NativeSelect, Textarea, TextInput } from "@mantine/core";
import {
  COMMON_OPTIONS,
  labelOf,
  OTHER_OPTIONS,
  type ReadOption,
  type ReadOptions,
} from "./readOptions";
import css from "./options.module.css";

interface Props {
  options: ReadOptions;
  onChange: (name: string, value: string) => void;
}

/** A field for every read option; the rarer ones are folded away. */
export function ReadOptionsForm({ options, onChange }: Props) {
  return (
    <>
      <Fields fields={COMMON_OPTIONS} options={options} onChange={onChange} />
      <details className={css.more} open={OTHER_OPTIONS.some(({ name }) => name in options)}>
        <summary>More options</summary>
        <Fields fields={OTHER_OPTIONS} options={options} onChange={onChange} />
      </details>
    </>
  );
}

function Fields({ fields, options, onChange }: Props & { fields: readonly ReadOption[] }) {
  return (
    <div className={css.fields}>
      {fields.map((field) => (
        <Field
          key={field.name}
          field={field}
          value={options[field.name] ?? ""}
          onChange={(value) => onChange(field.name, value)}
        />
      ))}
    </div>
  );
}

function Field(props: { field: ReadOption; value: string; onChange: (value: string) => void }) {
  const { field, value, onChange } = props;
  const choices = field.kind === "flag" ? ["true", "false"] : field.choices;
  const common = { size: "xs", label: labelOf(field.name), title: field.help, value } as const;
  if (choices.length > 0 && !field.repeated) {
    return (
      <NativeSelect
        {...common}
        onChange={(event) => onChange(event.currentTarget.value)}
        data={[
          { value: "", label: "detected" },
          ...choices.map((choice) => ({ value: choice, label: WORDS[choice] ?? choice })),
        ]}
      />
    );
  }
  if (field.repeated) {
    return (
      <Textarea
        {...common}
        autosize
        minRows={1}
        maxRows={6}
        placeholder={field.example}
        onChange={(event) => onChange(event.currentTarget.value)}
      />
    );
  }
  return (
    <TextInput
      {...common}
      placeholder={field.example}
      onChange={(event) => onChange(event.currentTarget.value)}
    />
  );
}

const WORDS: Record<string, string> = {
  true: "yes",
  false: "no",
  ".": "point",
  ",": "comma",
  "'": "apostrophe",
  '"': "double",
  "\\": "backslash",
};
