/* A press on "30m" fills in the hours and the minutes. */
document.addEventListener("click", (event) => {
  const minutes = Number(event.target.closest("[data-minutes]")?.dataset.minutes);
  if (!minutes) return;
  const fields = event.target.form.elements;
  fields.hours.value = Math.floor(minutes / 60);
  fields.minutes.value = minutes % 60;
});
