// Shows the meshes of a case: drag turns, the wheel zooms. Reads the GLB that lies in the page; needs no network.
"use strict";

function readGlb(base64) {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const view = new DataView(bytes.buffer);
  const jsonLength = view.getUint32(12, true);
  const json = JSON.parse(new TextDecoder().decode(bytes.subarray(20, 20 + jsonLength)));
  const binary = 20 + jsonLength + 8;
  const kinds = { 5121: Uint8Array, 5123: Uint16Array, 5125: Uint32Array, 5126: Float32Array };
  const parts = { SCALAR: 1, VEC3: 3, VEC4: 4 };
  const array = (index) => {
    const accessor = json.accessors[index];
    const buffer = json.bufferViews[accessor.bufferView];
    const start = binary + (buffer.byteOffset || 0) + (accessor.byteOffset || 0);
    const kind = kinds[accessor.componentType];
    const count = accessor.count * parts[accessor.type];
    return new kind(bytes.buffer.slice(start, start + count * kind.BYTES_PER_ELEMENT));
  };
  const primitive = json.meshes[0].primitives[0];
  return {
    points: array(primitive.attributes.POSITION),
    colors: array(primitive.attributes.COLOR_0),
    faces: array(primitive.indices),
  };
}

function normalsOf(points, faces) {
  const normals = new Float32Array(points.length);
  for (let i = 0; i < faces.length; i += 3) {
    const [a, b, c] = [faces[i] * 3, faces[i + 1] * 3, faces[i + 2] * 3];
    const u = [0, 1, 2].map((k) => points[b + k] - points[a + k]);
    const v = [0, 1, 2].map((k) => points[c + k] - points[a + k]);
    const n = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
    for (const corner of [a, b, c]) for (let k = 0; k < 3; k++) normals[corner + k] += n[k];
  }
  return normals;
}

// How far a mesh reaches upwards, and to any side when it is turned.
function reachOf(points) {
  const reach = { up: 0.1, across: 0.1 };
  for (let i = 0; i < points.length; i += 3) {
    reach.up = Math.max(reach.up, Math.abs(points[i + 1]));
    reach.across = Math.max(reach.across, Math.hypot(points[i], points[i + 2]));
  }
  return reach;
}

const VERTEX = `attribute vec3 point, normal; attribute vec4 color; uniform mat4 turn; uniform vec2 lens;
varying vec3 n; varying vec4 c;
void main() { vec4 p = turn * vec4(point, 1.0); n = mat3(turn) * normal; c = color;
  gl_Position = vec4(p.xy * lens, p.z * 0.2, 1.0); }`;
const FRAGMENT = `precision mediump float; varying vec3 n; varying vec4 c;
void main() { float light = 0.35 + 0.65 * abs(normalize(n).z); gl_FragColor = vec4(c.rgb * light, 1.0); }`;

function compile(gl) {
  const program = gl.createProgram();
  for (const [kind, text] of [[gl.VERTEX_SHADER, VERTEX], [gl.FRAGMENT_SHADER, FRAGMENT]]) {
    const shader = gl.createShader(kind);
    gl.shaderSource(shader, text);
    gl.compileShader(shader);
    gl.attachShader(program, shader);
  }
  gl.linkProgram(program);
  gl.useProgram(program);
  return program;
}

// One renderer draws for all panels: browsers allow few WebGL contexts.
class Renderer {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.gl = this.canvas.getContext("webgl", { antialias: true, preserveDrawingBuffer: true });
    if (!this.gl) return;
    this.gl.getExtension("OES_element_index_uint");
    this.program = compile(this.gl);
    this.gl.enable(this.gl.DEPTH_TEST);
  }

  upload(mesh) {
    const gl = this.gl;
    const buffer = (kind, data) => {
      const made = gl.createBuffer();
      gl.bindBuffer(kind, made);
      gl.bufferData(kind, data, gl.STATIC_DRAW);
      return made;
    };
    return {
      point: buffer(gl.ARRAY_BUFFER, mesh.points),
      normal: buffer(gl.ARRAY_BUFFER, normalsOf(mesh.points, mesh.faces)),
      color: buffer(gl.ARRAY_BUFFER, mesh.colors),
      faces: buffer(gl.ELEMENT_ARRAY_BUFFER, new Uint32Array(mesh.faces)),
      count: mesh.faces.length,
      reach: reachOf(mesh.points),
    };
  }

  draw(held, pose, width, height) {
    const gl = this.gl;
    [this.canvas.width, this.canvas.height] = [width, height];
    gl.viewport(0, 0, width, height);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT);
    for (const [name, size, kind] of [["point", 3, gl.FLOAT], ["normal", 3, gl.FLOAT], ["color", 4, gl.UNSIGNED_BYTE]]) {
      gl.bindBuffer(gl.ARRAY_BUFFER, held[name]);
      const place = gl.getAttribLocation(this.program, name);
      gl.enableVertexAttribArray(place);
      gl.vertexAttribPointer(place, size, kind, kind === gl.UNSIGNED_BYTE, 0, 0);
    }
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, held.faces);
    const zoom = 0.95 * pose.zoom * Math.min(1 / held.reach.up, width / height / held.reach.across);
    gl.uniformMatrix4fv(gl.getUniformLocation(this.program, "turn"), false, turned(pose.yaw, pose.pitch));
    gl.uniform2f(gl.getUniformLocation(this.program, "lens"), zoom * height / width, zoom);
    gl.drawElements(gl.TRIANGLES, held.count, gl.UNSIGNED_INT, 0);
  }
}

function turned(yaw, pitch) {
  const [a, b, c, d] = [Math.cos(yaw), Math.sin(yaw), Math.cos(pitch), Math.sin(pitch)];
  return new Float32Array([a, b * d, -b * c, 0, 0, c, d, 0, b, -a * d, a * c, 0, 0, 0, 0, 1]);
}

class MeshPanel {
  constructor(canvas, pose, renderer) {
    [this.canvas, this.pose, this.renderer] = [canvas, pose, renderer];
    this.held = renderer.upload(readGlb(document.getElementById(canvas.dataset.mesh).textContent.trim()));
  }

  draw() {
    const ratio = window.devicePixelRatio || 1;
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight].map((side) => Math.round(side * ratio));
    if (!width || !height) return;
    this.renderer.draw(this.held, this.pose, width, height);
    [this.canvas.width, this.canvas.height] = [width, height];
    this.canvas.getContext("2d").drawImage(this.renderer.canvas, 0, 0);
  }
}

// Meshes side by side are drawn on one scale: who stretches an arm must not look smaller.
function linkPanels(figure, renderer) {
  const pose = { yaw: 0, pitch: 0, zoom: 1 };
  const panels = [...figure.querySelectorAll("canvas")].map((canvas) => new MeshPanel(canvas, pose, renderer));
  const farthest = (side) => Math.max(...panels.map((panel) => panel.held.reach[side]));
  const reach = { up: farthest("up"), across: farthest("across") };
  panels.forEach((panel) => { panel.held.reach = reach; });
  const draw = () => panels.forEach((panel) => panel.draw());
  const keys = { ArrowLeft: ["yaw", -0.1], ArrowRight: ["yaw", 0.1], ArrowUp: ["pitch", -0.1], ArrowDown: ["pitch", 0.1] };
  for (const { canvas } of panels) {
    canvas.tabIndex = 0;
    canvas.addEventListener("keydown", (event) => {
      const [axis, step] = keys[event.key] || [];
      if (!axis) return;
      event.preventDefault();
      pose[axis] += step;
      draw();
    });
    canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons) return;
      pose.yaw += event.movementX * 0.01;
      pose.pitch += event.movementY * 0.01;
      draw();
    });
    canvas.addEventListener("wheel", (event) => {
      event.preventDefault();
      pose.zoom *= Math.exp(-event.deltaY * 0.001);
      draw();
    }, { passive: false });
  }
  draw();
  window.addEventListener("resize", draw);
}

function linkWipe(figure) {
  const [slider, left, right] = ["input", ".left", ".right"].map((name) => figure.querySelector(name));
  const [first, second] = figure.querySelectorAll("select");
  const pictures = JSON.parse(figure.querySelector("script").textContent);
  const place = () => {
    left.src = pictures[first.value];
    right.src = pictures[second.value];
    left.style.clipPath = `inset(0 ${100 - slider.value}% 0 0)`;
    figure.querySelector(".line").style.left = `${slider.value}%`;
  };
  [slider, first, second].forEach((control) => control.addEventListener("input", place));
  place();
}

window.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll(".wipe").forEach(linkWipe);
  const renderer = new Renderer();
  if (!renderer.gl) return;
  document.querySelectorAll(".meshes").forEach((figure) => setTimeout(() => linkPanels(figure, renderer)));
});
