"use strict";
// Paper cannot be unfolded.
let folded = [];
addEventListener("beforeprint", () => {
  folded = document.querySelectorAll("details:not([open])");
  for (const details of folded) details.open = true;
});
addEventListener("afterprint", () => { for (const details of folded) details.open = false; });

// Lets each chart be saved: as it is drawn (SVG), or as the picture that a text takes (PNG, white beneath it).
for (const image of document.querySelectorAll("figure img")) {
  const caption = image.closest("figure").querySelector("figcaption");
  const link = (kind) => {
    const made = document.createElement("a");
    made.download = `${image.dataset.name}.${kind}`;
    made.textContent = kind.toUpperCase();
    made.setAttribute("aria-label", `Save the chart ${image.dataset.name} as ${kind.toUpperCase()}`);
    return made;
  };
  const svg = link("svg"), png = link("png"), line = document.createElement("span");
  svg.href = image.src;
  png.href = "#";
  png.addEventListener("click", () => {
    if (png.href.startsWith("data:")) return;
    const canvas = document.createElement("canvas"), fine = 3;
    const [wide, tall] = [image.getAttribute("width"), image.getAttribute("height")].map((side) => fine * side);
    [canvas.width, canvas.height] = [wide, tall];
    canvas.getContext("2d").drawImage(image, 0, 0, wide, tall);
    png.href = canvas.toDataURL("image/png");
  });
  line.className = "save";
  line.append("Save: ", svg, " ", png);
  caption.append(line);
}
