// Controls whose text has a contrast below 4.5 (WCAG 2.2, 1.4.3) to its background, disabled ones too.
() => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 1;
  const brush = canvas.getContext("2d", { willReadFrequently: true });

  /** Any CSS colour as red, green, blue (0 to 255) and alpha (0 to 1). */
  function channels(colour) {
    brush.clearRect(0, 0, 1, 1);
    brush.fillStyle = colour;
    brush.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = brush.getImageData(0, 0, 1, 1).data;
    return [red, green, blue, alpha / 255];
  }

  function over(front, back) {
    const alpha = front[3] + back[3] * (1 - front[3]);
    if (alpha === 0) return [0, 0, 0, 0];
    const mixed = [0, 1, 2].map(
      (k) => (front[k] * front[3] + back[k] * back[3] * (1 - front[3])) / alpha,
    );
    return [...mixed, alpha];
  }

  function luminance(colour) {
    const [red, green, blue] = colour.slice(0, 3).map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  }

  function ancestors(element) {
    return element === null ? [] : [element, ...ancestors(element.parentElement)];
  }

  // Check boxes have a mark and no text.
  const controls = document.querySelectorAll(
    "button, a, input:not([type=checkbox], [type=radio]), summary, [role=tab]",
  );
  return [...controls].flatMap((control) => {
    if (control.offsetWidth === 0 || control.hasAttribute("data-loading")) return [];
    const styles = ancestors(control).map((element) => getComputedStyle(element));
    const opacity = styles.reduce((product, style) => product * Number(style.opacity), 1);
    const ground = styles.reduce(
      (above, style) => over(above, channels(style.backgroundColor)),
      [0, 0, 0, 0],
    );
    const back = over(ground, [255, 255, 255, 1]);
    const text = channels(styles[0].color);
    const ratio = contrast(over([...text.slice(0, 3), text[3] * opacity], back), back);
    const name = control.innerText || control.getAttribute("aria-label") || control.tagName;
    return ratio < 4.5 ? [`${name}: ${ratio.toFixed(2)}`] : [];
  });
};
