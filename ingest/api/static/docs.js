// What Swagger UI leaves out: names of its lists, and a way to scroll its examples by keyboard.
function complete(root) {
  for (const list of root.querySelectorAll("select:not([aria-label])")) {
    const parameter = list.closest("tr[data-param-name]")?.dataset.paramName;
    list.setAttribute(
      "aria-label",
      list.id === "servers" ? "Server" : (parameter ?? "Example"),
    );
  }
  for (const example of root.querySelectorAll(".microlight:not([tabindex])")) {
    example.tabIndex = 0;
  }
}

window.addEventListener("DOMContentLoaded", () => {
  for (const code of document.querySelectorAll("#examples code")) {
    code.textContent = code.textContent.replaceAll("{origin}", window.location.origin);
  }
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    // Nothing is sent to a validator elsewhere.
    validatorUrl: null,
    defaultModelsExpandDepth: 0,
    // The header of an operation is a button; a link within it would be reached by neither key nor ear.
    plugins: [
      () => ({
        wrapComponents: {
          DeepLink: (_, { React }) =>
            ({ text }) => React.createElement("span", { className: "nostyle" }, text),
        },
      }),
    ],
  });
  const api = document.getElementById("api");
  new MutationObserver(() => complete(api)).observe(api, { childList: true, subtree: true });
});
