const tell = () => {
  if (navigator.serviceWorker.controller) document.querySelector("#state").textContent = "The worker fetches.";
};
navigator.serviceWorker.addEventListener("controllerchange", tell);
navigator.serviceWorker.register("/worker.js").then(tell);
