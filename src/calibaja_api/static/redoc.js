Redoc.init("openapi.json", { hideDownloadButton: false, expandResponses: "200" }, document.getElementById("redoc"));
