const { router } = inertia;

router.init({
  initialPage: { component: "home", props: {}, url: location.pathname + location.search, version: null },
  resolveComponent: (name) => name,
  swapComponent: async ({ page }) => {
    document.querySelector("#app").innerHTML = page.props.contacts ?? "";
  },
});

const visit = document.querySelector("#visit");
visit.addEventListener("click", (event) => {
  event.preventDefault();
  router.visit(visit.getAttribute("href"));
});
document.querySelector("#send").addEventListener("click", () => router.post("/contacts"));
