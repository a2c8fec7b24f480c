import { useQueryClient } from "@tanstack/react-query";
import { createContext, use, useEffect, useState, type ReactNode } from "react";
import { useStore } from "~/api/store";
import { Uploads } from "./uploads";

const Context = createContext<Uploads | null>(null);

export function UploadsProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const [uploads] = useState(
    () =>
      new Uploads(() => {
        void client.invalidateQueries({ queryKey: ["files"] });
        void client.invalidateQueries({ queryKey: ["stats"] });
      }),
  );
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent) => {
      if (uploads.inProgress) event.preventDefault();
    };
    window.addEventListener("beforeunload", warn);
    return () => window.removeEventListener("beforeunload", warn);
  }, [uploads]);
  return <Context value={uploads}>{children}</Context>;
}

export function useUploads(): Uploads {
  const uploads = use(Context);
  if (uploads === null) throw new Error("useUploads outside of UploadsProvider");
  return uploads;
}

export function useUploadItems() {
  return useStore(useUploads().items);
}
