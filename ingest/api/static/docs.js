window.addEventListener("DOMContentLoaded", () => {
  SwaggerUIBundle({
    url: "/openapi.json",
    dom_id: "#api",
    deepLinking: true,
    // Nothing is sent to a validator elsewhere.
    validatorUrl: null,
  });
});
