"use strict";
// How the sieve looks: glass, mesh, grains and words on a canvas. What stands where is `Sieve`'s.

const VERDICTS = ["WA", "RTE", "TLE", "MLE", "OLE", "CE"];
const COLOURS = ["grain", "none", "wa", "rte", "tle", "mle", "ole", "ce", "c1", "c2", "c3", "c4", "c5", "c6"];

class Picture {
  restyle() {
    const style = getComputedStyle(document.documentElement);
    this.ink = Object.fromEntries([...COLOURS, "ink", "soft", "line", "glass", "accent", "panel"].map((name) => [name, style.getPropertyValue(`--${name}`).trim()]));
    this.sprites = null;
    this.wake();
  }

  sprite(colour) {
    this.sprites ??= new Map();
    if (!this.sprites.has(colour)) {
      const scale = devicePixelRatio || 1, size = Math.ceil((this.r * 2 + 2) * scale), dot = document.createElement("canvas");
      dot.width = dot.height = size;
      const c = dot.getContext("2d"), m = size / 2, r = this.r * scale * 0.96;
      c.fillStyle = this.ink[colour];
      c.beginPath();
      c.arc(m, m, r, 0, 7);
      c.fill();
      const light = c.createRadialGradient(m - r * 0.35, m - r * 0.4, r * 0.1, m, m, r);
      light.addColorStop(0, "rgba(255,255,255,.62)");
      light.addColorStop(0.45, "rgba(255,255,255,.06)");
      light.addColorStop(1, "rgba(0,0,0,.22)");
      c.fillStyle = light;
      c.fill();
      this.sprites.set(colour, dot);
    }
    return this.sprites.get(colour);
  }

  draw(now) {
    const c = this.context, scale = devicePixelRatio || 1;
    if (!this.ink || !this.width) return;
    c.setTransform(scale, 0, 0, scale, 0, 0);
    c.clearRect(0, 0, this.width, this.height);
    const swing = (home) => Math.sin(now / 26) * home.shake;
    this.drawSpout(c);
    this.pans.forEach((pan) => this.drawPan(c, pan, swing(pan)));
    this.drawCone(c, this.funnel);
    for (const jar of this.jars) this.drawJar(c, jar);
    if (!this.jars.length) this.drawJar(c, { cx: this.width / 2, wTop: this.narrow ? 74 : 124, top: this.floor - this.jarHeight, bottom: this.floor - 5, tilt: 9, colour: "soft", grains: [], empty: true });
    this.drawLabels(c);
  }

  drawGrains(c, grains, dx = 0) {
    const size = this.r * 2 + 2;
    for (const grain of [...grains].sort((a, b) => a.y - b.y)) {
      c.globalAlpha = grain.out ? 0.22 : 1;
      const colour = grain.home.behaviour !== undefined ? grain.home.colour : grain.colour;
      c.drawImage(this.sprite(colour), grain.x + dx - size / 2, grain.y - size / 2, size, size);
    }
    c.globalAlpha = 1;
  }

  drawSpout(c) {
    const cx = this.width / 2, w = Math.min(this.width * 0.5, 250), h = this.height * 0.062, y = this.height * 0.022;
    c.save();
    c.shadowColor = this.ink.accent;
    c.shadowBlur = 26 * this.busy;
    c.fillStyle = this.ink.panel;
    c.strokeStyle = this.busy > 0.05 ? this.ink.accent : this.ink.glass;
    c.lineWidth = 1.6;
    c.beginPath();
    c.roundRect(cx - w / 2, y, w, h, 9);
    c.fill();
    c.shadowBlur = 0;
    c.stroke();
    c.beginPath();
    c.moveTo(cx - w * 0.13, y + h);
    c.lineTo(cx - this.r * 1.9, this.spout);
    c.lineTo(cx + this.r * 1.9, this.spout);
    c.lineTo(cx + w * 0.13, y + h);
    c.fillStyle = this.ink.panel;
    c.fill();
    c.stroke();
    c.restore();
    this.text(c, this.short(this.model, this.narrow ? 22 : 30), cx, y + h / 2 + 4.5, { align: "center", weight: 600, size: this.narrow ? 12 : 13.5 });
  }

  wall(c, home, dx, front) {
    const { cx, top, bottom, wTop, wBottom, tilt } = home, x = cx + dx;
    c.beginPath();
    c.moveTo(x - wTop / 2, top);
    c.lineTo(x - wBottom / 2, bottom);
    c.ellipse(x, bottom, wBottom / 2, Math.max(1, (tilt * wBottom) / wTop), 0, Math.PI, 0, front);
    c.lineTo(x + wTop / 2, top);
    c.ellipse(x, top, wTop / 2, tilt, 0, 0, Math.PI, !front);
    c.closePath();
  }

  glass(c, home, dx, alpha) {
    const fill = c.createLinearGradient(home.cx - home.wTop / 2, 0, home.cx + home.wTop / 2, 0);
    for (const [at, much] of [[0, 0.3], [0.14, 0.05], [0.5, 0.02], [0.84, 0.07], [1, 0.34]]) fill.addColorStop(at, this.alpha(this.ink.glass, much * alpha));
    c.fillStyle = fill;
  }

  rim(c, home, dx, from, to, width, alpha) {
    c.beginPath();
    c.ellipse(home.cx + dx, home.top, home.wTop / 2, home.tilt, 0, from, to);
    c.strokeStyle = this.alpha(this.ink.glass, alpha);
    c.lineWidth = width;
    c.stroke();
  }

  drawPan(c, pan, dx) {
    const { cx, bottom, wBottom, wTop, top, tilt } = pan, flat = (tilt * wBottom) / wTop;
    this.rim(c, pan, dx, Math.PI, 0, 3, 0.55);
    this.wall(c, pan, dx, false);
    this.glass(c, pan, dx, 1.1);
    c.fill();
    c.save();
    c.beginPath();
    c.ellipse(cx + dx, bottom, wBottom / 2, flat, 0, 0, 7);
    c.fillStyle = this.alpha(this.ink.glass, 0.12);
    c.fill();
    c.clip();
    c.strokeStyle = this.alpha(this.ink.glass, 0.75);
    c.lineWidth = 1;
    const gap = Math.max(7, this.r * (pan.name === "text" ? 2.1 : 1.35));
    c.beginPath();
    for (let x = -wBottom; x < wBottom; x += gap) {
      c.moveTo(cx + dx + x - flat * 1.6, bottom + flat);
      c.lineTo(cx + dx + x + flat * 1.6, bottom - flat);
      c.moveTo(cx + dx + x + flat * 1.6, bottom + flat);
      c.lineTo(cx + dx + x - flat * 1.6, bottom - flat);
    }
    c.stroke();
    c.restore();
    this.drawGrains(c, pan.grains, dx);
    this.wall(c, pan, dx, true);
    this.glass(c, pan, dx, 0.9);
    c.fill();
    c.strokeStyle = this.alpha(this.ink.glass, 0.6);
    c.lineWidth = 1.4;
    c.beginPath();
    c.moveTo(cx + dx - wTop / 2, top);
    c.lineTo(cx + dx - wBottom / 2, bottom);
    c.moveTo(cx + dx + wTop / 2, top);
    c.lineTo(cx + dx + wBottom / 2, bottom);
    c.stroke();
    c.beginPath();
    c.ellipse(cx + dx, bottom, wBottom / 2, flat, 0, 0, Math.PI);
    c.lineWidth = 3;
    c.stroke();
    this.rim(c, pan, dx, 0, Math.PI, 4, 0.85);
  }

  drawCone(c, cone) {
    this.rim(c, cone, 0, Math.PI, 0, 2, 0.5);
    this.drawGrains(c, cone.grains);
    this.wall(c, cone, 0, true);
    this.glass(c, cone, 0, 1);
    c.fill();
    c.strokeStyle = this.alpha(this.ink.glass, 0.6);
    c.lineWidth = 1.4;
    c.beginPath();
    for (const side of [-1, 1]) {
      c.moveTo(cone.cx + (side * cone.wTop) / 2, cone.top);
      c.lineTo(cone.cx + (side * cone.wBottom) / 2, cone.bottom);
      c.lineTo(cone.cx + (side * cone.wBottom) / 2, cone.bottom + 12);
    }
    c.stroke();
    this.rim(c, cone, 0, 0, Math.PI, 3, 0.85);
  }

  drawJar(c, jar) {
    const { cx, wTop, top, bottom, tilt } = jar, x = cx - wTop / 2, best = this.order !== null && jar.grains.length > 0 && jar.behaviour === this.order[0];
    if (best) {
      const middle = (top + bottom) / 2, glow = c.createRadialGradient(cx, middle, 4, cx, middle, wTop);
      glow.addColorStop(0, this.alpha(this.ink[jar.colour], 0.3));
      glow.addColorStop(1, this.alpha(this.ink[jar.colour], 0));
      c.fillStyle = glow;
      c.fillRect(cx - wTop, middle - wTop, wTop * 2, wTop * 2);
    }
    this.drawGrains(c, jar.grains);
    c.beginPath();
    c.moveTo(x, top);
    c.lineTo(x, bottom - 8);
    c.quadraticCurveTo(x, bottom + 4, x + 14, bottom + 4);
    c.lineTo(x + wTop - 14, bottom + 4);
    c.quadraticCurveTo(x + wTop, bottom + 4, x + wTop, bottom - 8);
    c.lineTo(x + wTop, top);
    c.globalAlpha = jar.empty ? 0.5 : 1;
    this.glass(c, jar, 0, 0.9);
    c.fill();
    c.strokeStyle = jar.empty ? this.ink.glass : this.ink[jar.colour];
    c.lineWidth = best ? 2.6 : 1.6;
    c.stroke();
    c.beginPath();
    c.ellipse(cx, top, wTop / 2, tilt, 0, 0, 7);
    c.stroke();
    c.globalAlpha = 1;
    if (jar.empty) return;
    const size = this.narrow ? 12 : 13.5;
    const share = jar.grains.filter((grain) => !grain.out).length;
    this.text(c, best ? `★ ${share}` : String(share), cx, bottom + 22, { align: "center", weight: 700, size, colour: this.ink[jar.colour] });
  }

  drawLabels(c) {
    const size = this.narrow ? 11 : 13, line = size + 5;
    const left = this.narrow ? 8 : Math.max(20, (this.width - this.wide) / 2 - 270);
    const right = this.narrow ? this.width - 8 : Math.min(this.width - 20, (this.width + this.wide) / 2 + 200);
    const [text, tests] = this.pans, narrow = this.narrow, tight = this.width < 860;
    const label = (home, words, at = 0.4) => words.forEach((word, i) => this.text(c, word, left, home.top + (home.bottom - home.top) * at + i * line, { size, weight: i && !tight ? 400 : 650, colour: i && !tight ? this.ink.soft : this.ink.ink }));
    label(text, tight ? ["Is there", "a program?"] : ["Is there a program?", `${this.grains.length} of ${this.total} drawn${this.speed ? `, ${this.speed} tokens a second` : ""}`]);
    label(tests, this.filtering ? (tight ? ["Passes the", "examples?"] : ["Does it pass the examples?", "each one is run in the sandbox"]) : ["Does it build?", tight ? "no examples" : "there are no examples"]);
    label(this.funnel, tight ? ["What does", "it do?"] : ["What does it do?", "on inputs it has not seen"], 0.3);
    const kept = (home, rows) => rows.forEach(([colour, word], i) => {
      const y = home.top + (home.bottom - home.top) * 0.4 + i * line;
      this.text(c, word, right, y, { align: "right", size, colour: this.ink.soft });
      c.fillStyle = this.ink[colour];
      c.beginPath();
      c.arc(right - c.measureText(word).width - 10, y - size * 0.33, 4.2, 0, 7);
      c.fill();
    });
    const words = { WA: "wrong answer", RTE: "run-time error", TLE: "too slow", MLE: "too much memory", OLE: "too much output", CE: "does not compile" };
    if (this.kept.none) kept(text, [["none", narrow ? `none ${this.kept.none}` : `no program  ${this.kept.none}`]]);
    kept(tests, VERDICTS.filter((verdict) => this.kept[verdict]).map((verdict) => [verdict.toLowerCase(), `${tight ? verdict : words[verdict]}  ${this.kept[verdict]}`]));
  }

  text(c, words, x, y, { align = "left", weight = 400, size = 13, colour = this.ink.ink } = {}) {
    c.font = `${weight} ${size}px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif`;
    c.textAlign = align;
    c.fillStyle = colour;
    c.fillText(words, x, y);
  }

  short(text, most) {
    return text.length <= most ? text : `…${text.slice(1 - most)}`;
  }

  alpha(colour, alpha) {
    const hex = colour.slice(1), full = hex.length === 3 ? [...hex].map((d) => d + d).join("") : hex.slice(0, 6);
    const [r, g, b] = [0, 2, 4].map((i) => parseInt(full.slice(i, i + 2), 16));
    return `rgba(${r},${g},${b},${Math.min(1, alpha)})`;
  }
}
