import { Button, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Plus, Search } from "lucide-react";
import { useEffect, useState } from "react";
import { Link, useLocation } from "wouter";
import { profileHref } from "~/addresses";
import type { Profile } from "~/api/schema";
import { Card } from "~/layout/Card";
import { Failure } from "~/states/Message";
import { EditDialog } from "./EditDialog";
import { ProfileView } from "./ProfileView";
import { EMPTY, profilesQuery } from "./queries";
import css from "./profiles.module.css";

/** All profiles, or the one whose name is in the address. */
export default function ProfilesPage({ name }: { name: string | undefined }) {
  return name === undefined ? <ProfileList /> : <ProfileView key={name} name={name} />;
}

function ProfileList() {
  const query = useQuery(profilesQuery());
  const [q, setQ] = useState("");
  const [making, setMaking] = useState(false);
  const [, goTo] = useLocation();
  useEffect(() => {
    document.title = "Profiles · CSV Processor";
  }, []);
  const wanted = q.trim().toLowerCase();
  const found = (query.data ?? []).filter((profile) =>
    `${profile.name}\n${profile.title}`.toLowerCase().includes(wanted),
  );
  return (
    <>
      <div className={css.top}>
        <div>
          <h1>Profiles</h1>
          <p className={css.hint}>Saved read options, and the files that they are for.</p>
        </div>
        <div className={css.buttons}>
          <TextInput
            type="search"
            aria-label="Search profiles"
            placeholder="Search profiles"
            leftSection={<Search size={16} />}
            value={q}
            onChange={(event) => setQ(event.currentTarget.value)}
          />
          <Button leftSection={<Plus size={16} />} onClick={() => setMaking(true)}>
            New profile…
          </Button>
        </div>
      </div>
      {query.isError ? (
        <Failure error={query.error} onRetry={() => void query.refetch()} />
      ) : (
        <>
          <ListCard
            title="Your own"
            profiles={found.filter((profile) => !profile.built_in)}
            none={query.isPending ? "…" : "None yet. Save one, or copy a built-in one."}
          />
          <ListCard
            title="Built in"
            profiles={found.filter((profile) => profile.built_in)}
            none={query.isPending ? "…" : "None fits."}
          />
        </>
      )}
      {making && (
        <EditDialog
          title="New profile"
          name=""
          version={null}
          draft={EMPTY}
          onClose={() => setMaking(false)}
          onSaved={(saved) => goTo(profileHref(saved.name))}
        />
      )}
    </>
  );
}

function ListCard(props: { title: string; profiles: readonly Profile[]; none: string }) {
  return (
    <Card title={props.title}>
      {props.profiles.length === 0 ? (
        <p className={css.hint}>{props.none}</p>
      ) : (
        <ul className={css.list}>
          {props.profiles.map((profile) => (
            <li key={profile.name}>
              <Link href={profileHref(profile.name)}>{profile.name}</Link>
              <span className={css.hint}>version {profile.version}</span>
              <span>{profile.title}</span>
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
