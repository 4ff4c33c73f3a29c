/* Opens the OpenAPI document in Swagger UI. */
const viewer = document.getElementById('viewer');

window.SwaggerUIBundle({
  domNode: viewer,
  url: viewer.dataset.document,
  deepLinking: true,
  validatorUrl: null, // the default asks a server elsewhere
});
