// The walk through latent space: anywhere until it is paused, or a loop through pictures.
const walk = {
  STEP: 150, // ms between two steps anywhere
  on: false,
  through: "random", // as the panel has it: anywhere, seeds or pictures
  file: { seconds: 4, kind: "webp" },
  places: null, // for pictures
  loops: false, // whether a loop is shown

  say(on) {
    walk.on = on;
    for (const button of document.querySelectorAll("button.walk")) button.textContent = languages.say(on ? "⏸ Pause" : "▶ Walk");
  },

  toggle() {
    if (walk.loops) explorer.open(explorer.query);
    else if (walk.on) walk.say(false);
    else if (walk.through === "random") walk.wander();
    else walk.loop();
  },

  // Something else is asked for: a loop ends, a walk anywhere goes on from there.
  leave() {
    if (walk.loops) walk.say((walk.loops = false));
  },

  async wander() {
    walk.say(true);
    const turn = (walk.turn = {}); // another press begins another walk
    while (walk.on && walk.turn === turn) {
      const pause = new Promise((over) => setTimeout(over, walk.STEP));
      // Whatever else was asked for comes first; while another tab is open the walk rests.
      if (!explorer.busy && explorer.image.offsetParent)
        explorer.request("random_walk_step", () => ({ recipe: explorer.recipe, step: 0.25 }));
      await pause;
    }
  },

  loop() {
    const chosen = walk.through === "pictures";
    if (chosen && walk.places.chosen().length < 2) return walk.places.say(languages.say("Choose two pictures or more."));
    walk.say(true);
    explorer.request("walk", () => ({ pictures: chosen ? walk.places.chosen() : [explorer.query], ...walk.file }), (answer) => {
      explorer.show(answer);
      walk.loops = true;
      walk.save && Object.assign(walk.save, { href: answer.file, download: answer.name, hidden: false });
    }, (sentence) => {
      walk.say(false);
      chosen ? walk.places.say(sentence) : explorer.refuse(sentence);
    });
  },

  open(element) {
    const find = (selector) => element.querySelector(selector);
    languages.translate(element);
    walk.places = chooser(find("#keyframes"), JSON.parse(find("#keyframes").dataset.names));
    walk.save = find("#save-walk");
    find("button.walk").onclick = walk.toggle;
    walk.say(walk.on);
    element.addEventListener("change", () => {
      walk.through = find("[name=through]:checked").value;
      walk.file = { seconds: find("#seconds").value, kind: find("[name=kind]:checked").value };
      find("[data-when=pictures]").hidden = walk.through !== "pictures";
      find("[data-when=loop]").hidden = walk.through === "random";
    });
  },
};
