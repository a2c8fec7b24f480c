import { Button, PasswordInput } from "@mantine/core";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { setKey } from "~/api/key";
import css from "./keyform.module.css";

/** Asks for the API key where the API wants one. */
export function KeyForm({ refused }: { refused: boolean }) {
  const [typed, setTyped] = useState("");
  const client = useQueryClient();
  return (
    <form
      className={css.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (typed.trim() === "") return;
        setKey(typed.trim());
        void client.resetQueries();
      }}
    >
      <h1>Key needed</h1>
      <p>
        This CSV Processor requires an API key. Its operator can create one for you. It is stored in
        this browser until you choose “Forget key”.
      </p>
      <PasswordInput
        label="API key"
        value={typed}
        onChange={(event) => setTyped(event.currentTarget.value)}
        error={
          refused && typed === "" ? "This key was not taken; check it for typing errors." : null
        }
        autoComplete="current-password"
        data-autofocus
      />
      <Button type="submit">Continue</Button>
    </form>
  );
}
