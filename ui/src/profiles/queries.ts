/** What the pages of profiles ask of the API. */

import { queryOptions, type QueryClient } from "@tanstack/react-query";
import { address, getJson, request } from "~/api/client";
import type { Page } from "~/api/documents";
import type { Preview, Profile } from "~/api/schema";
import { READ_OPTIONS, type ReadOptions } from "~/options/readOptions";

/** The conditions that are lists, in the order of the form. */
export const CONDITIONS = [
  { name: "filename", label: "File names", hint: "Globs, one per line: klima-*.csv" },
  { name: "header", label: "Names in the header", hint: "All of them, one per line" },
  { name: "lines", label: "Lines", hint: "Regular expressions (RE2), all of them" },
  { name: "api_key", label: "API keys", hint: "Ids of keys, one per line" },
  { name: "topic", label: "Topics", hint: "files.announced, files.inline, files.notifications" },
  { name: "object_prefix", label: "Object prefixes", hint: "BUCKET/KEY begins with: inbox/north/" },
] as const;

export type Condition = (typeof CONDITIONS)[number]["name"];

/** A profile as it is edited: texts, with values of lists one per line. */
export interface Draft {
  title: string;
  match: Record<Condition, string>;
  exact: boolean;
  options: ReadOptions;
}

const PER_PAGE = 1000;

function pathOf(name: string, below = ""): string {
  return `/profiles/${encodeURIComponent(name)}${below}`;
}

export function profilesQuery() {
  return queryOptions({
    queryKey: ["profiles"],
    queryFn: async ({ signal }) => {
      const all: Profile[] = [];
      let cursor: string | null = null;
      do {
        const url: string = address("/profiles", { limit: PER_PAGE, cursor });
        const page: Page<Profile> = await getJson<Page<Profile>>(url, signal);
        all.push(...page.items);
        cursor = page.next_cursor;
      } while (cursor !== null);
      return all;
    },
  });
}

export function profileQuery(name: string) {
  return queryOptions({
    queryKey: ["profiles", name],
    queryFn: ({ signal }) => getJson<Profile>(address(pathOf(name)), signal),
  });
}

export function versionsQuery(name: string) {
  return queryOptions({
    queryKey: ["profiles", name, "versions"],
    queryFn: ({ signal }) =>
      getJson<Page<Profile>>(address(pathOf(name, "/versions"), { limit: 100 }), signal),
  });
}

/** Save a version; `seen` is the version that was edited, null for a new profile. */
export async function saveProfile(
  client: QueryClient,
  name: string,
  draft: Draft,
  seen: number | null,
): Promise<Profile> {
  const answer = await request(address(pathOf(name)), {
    method: "PUT",
    headers: seen === null ? { "If-None-Match": "*" } : { "If-Match": `"${seen.toString()}"` },
    body: JSON.stringify(contentOf(draft)),
  });
  await client.invalidateQueries({ queryKey: ["profiles"] });
  return (await answer.json()) as Profile;
}

export async function deleteProfile(client: QueryClient, name: string): Promise<void> {
  await request(address(pathOf(name)), { method: "DELETE" });
  client.removeQueries({ queryKey: ["profiles", name] });
  await client.invalidateQueries({ queryKey: ["profiles"], exact: true });
}

/** Files that one call of `previewProfile` looks at. */
export const FILES_PER_PREVIEW = 50;

/** What a profile does to earlier files: as it would be, or, without a draft, as it is saved. */
export async function previewProfile(
  name: string,
  draft: Draft | null,
  cursor: string | null,
): Promise<Preview> {
  const answer = await request(
    address(pathOf(name, "/preview"), {
      cursor,
      limit: FILES_PER_PREVIEW,
    }),
    {
      method: "POST",
      body: draft === null ? null : JSON.stringify(contentOf(draft)),
    },
  );
  return (await answer.json()) as Preview;
}

export const EMPTY: Draft = {
  title: "",
  match: { filename: "", header: "", lines: "", api_key: "", topic: "", object_prefix: "" },
  exact: false,
  options: {},
};

export function draftOf(profile: Profile): Draft {
  const texts = CONDITIONS.map(({ name }) => [name, profile.match[name].join("\n")]);
  return {
    title: profile.title,
    match: Object.fromEntries(texts) as Draft["match"],
    exact: profile.match.exact,
    options: Object.fromEntries(
      Object.entries(profile.options).map(([name, value]) => [
        name,
        Array.isArray(value) ? value.join("\n") : String(value),
      ]),
    ),
  };
}

function contentOf(draft: Draft): unknown {
  const repeated = new Set(READ_OPTIONS.filter((o) => o.repeated).map((o) => o.name));
  return {
    title: draft.title,
    match: {
      ...Object.fromEntries(
        CONDITIONS.map(({ name }) => [
          name,
          draft.match[name]
            .split("\n")
            .map((line) => line.trim())
            .filter((line) => line !== ""),
        ]),
      ),
      exact: draft.exact,
    },
    options: Object.fromEntries(
      Object.entries(draft.options).map(([name, value]) => [
        name,
        repeated.has(name) ? value.split("\n") : value,
      ]),
    ),
  };
}
