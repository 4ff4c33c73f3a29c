/* Opens the OpenAPI document in ReDoc. */
const viewer = document.getElementById('viewer');

// Its default fonts come from elsewhere.
const fonts = { fontFamily: 'system-ui, sans-serif', headings: { fontFamily: 'system-ui, sans-serif' } };

window.Redoc.init(viewer.dataset.document, { theme: { typography: fonts } }, viewer);
