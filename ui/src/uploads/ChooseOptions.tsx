import { Button, NativeSelect, TextInput } from "@mantine/core";
import { useStore } from "~/api/store";
import { useUploads } from "./context";
import { CHOICES, inWords } from "./options";
import css from "./uploads.module.css";

/** How the files that are sent next are written; closed until somebody wants it. */
export function ChooseOptions() {
  const uploads = useUploads();
  const options = useStore(uploads.options);
  const told = inWords(options);
  return (
    <details className={css.options}>
      <summary>
        How files are written: <span>{told || "found out from the file"}</span>
      </summary>
      <div className={css.choices}>
        {CHOICES.map(({ name, label, values, hint }) => {
          const value = options[name] ?? "";
          const change = (chosen: string) => uploads.choose(name, chosen);
          return values ? (
            <NativeSelect
              key={name}
              size="xs"
              label={label}
              value={value}
              onChange={(event) => change(event.currentTarget.value)}
              data={[
                { value: "", label: "found out" },
                ...values.map(([known, word]) => ({ value: known, label: word })),
              ]}
            />
          ) : (
            <TextInput
              key={name}
              size="xs"
              label={label}
              value={value}
              placeholder={hint ?? ""}
              onChange={(event) => change(event.currentTarget.value)}
            />
          );
        })}
        <Button
          variant="default"
          size="xs"
          disabled={told === ""}
          onClick={() => uploads.options.set({})}
        >
          Find out again
        </Button>
      </div>
    </details>
  );
}
