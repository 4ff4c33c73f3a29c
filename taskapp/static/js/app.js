/* Progressive enhancement only: every page reads and submits without any of this. */
import "./appearance.js";
import "./board.js";
import "./bulk.js";
import "./calendar.js";
import "./complete.js";
import "./filters.js";
import "./files.js";
import "./inplace.js";
import "./keyboard.js";
import "./live.js";
import "./markdown.js";
import "./menus.js";
import "./notices.js";
import "./presets.js";
import "./quick.js";
