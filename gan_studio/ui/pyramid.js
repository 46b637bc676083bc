// The sizes that a multi-scale model draws of the picture, coarse to fine.
function pyramid(element) {
  explorer.view(() => (element.hidden = !explorer.model.multi_scale));
  explorer.panel(element, async (signal) => {
    const { pictures, pixels } = await explorer.ask("pyramid", { recipe: explorer.query }, signal);
    element.replaceChildren(...pictures.map((src, i) => {
      const figure = document.createElement("figure"), image = new Image(), caption = document.createElement("figcaption");
      Object.assign(image, { src, alt: "" });
      caption.textContent = `${pixels[i]} px`;
      figure.append(image, caption);
      return figure;
    }));
  });
}
