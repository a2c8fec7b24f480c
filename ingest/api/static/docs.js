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
});
