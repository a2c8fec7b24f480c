import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useStore } from "~/api/store";
import { Intake } from "./intake";
import { Uploads } from "./uploads";

const Context = createContext<{ uploads: Uploads; intake: Intake } | null>(null);

export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [both] = useState(() => {
    const uploads = new Uploads(() => {
      void client.invalidateQueries({ queryKey: ["files"] });
      void client.invalidateQueries({ queryKey: ["stats"] });
    });
    return { uploads, intake: new Intake(uploads) };
  });
  const { uploads } = both;
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (uploads.inProgress) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [uploads]);
  return <Context value={both}>{children}</Context>;
}

function useBoth() {
  const both = use(Context);
  if (both === null) throw new Error("useUploads outside of UploadsProvider");
  return both;
}

export function useUploads(): Uploads {
  return useBoth().uploads;
}

export function useIntake(): Intake {
  return useBoth().intake;
}

export function useUploadItems() {
  return useStore(useUploads().items);
}
