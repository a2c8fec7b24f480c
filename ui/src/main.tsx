// First: the styles of components come after those of the library that they adapt.
import { theme } from "./theme";
import { MantineProvider } from "@mantine/core";
import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { isPassing } from "./api/problems";
import { Pages } from "./Pages";
import { PageBoundary } from "./states/PageBoundary";
import { preloadParts } from "./states/parts";
import { UploadsProvider } from "./uploads/context";

const client = new QueryClient({
  defaultOptions: {
    queries: {
      retry: (failures, error) => isPassing(error) && failures < 2,
      retryDelay: (failures) => 400 * 2 ** failures,
      refetchOnWindowFocus: true,
      // Whether it answers is found out by asking, not by what the browser thinks of the network.
      networkMode: "always",
      staleTime: 500,
    },
    mutations: { networkMode: "always" },
  },
});

preloadParts();

const root = document.getElementById("root");
if (root === null) throw new Error("no #root in the page");
createRoot(root).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      defaultColorScheme="auto"
      withCssVariables={false}
      withGlobalClasses={false}
    >
      <QueryClientProvider client={client}>
        <UploadsProvider>
          <PageBoundary page="all">
            <Pages />
          </PageBoundary>
        </UploadsProvider>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
