// Shows the schema of the API; calls made from the page act as the person who is logged in.
const target = document.getElementById("swagger-ui");

window.SwaggerUIBundle({
  domNode: target,
  url: target.dataset.schema,
  deepLinking: true,
  docExpansion: "none",
  persistAuthorization: false,
  validatorUrl: null,
  requestInterceptor: (request) => {
    request.headers["X-CSRFToken"] = target.dataset.csrf;
    return request;
  },
});
