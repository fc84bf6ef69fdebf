// What the site does beyond showing text: light and dark, a search, anchors, and copying a diff.
"use strict";

const up = document.currentScript.dataset.up;
const root = document.documentElement;

// Light or dark, as the system has it until somebody asks for the other. Set before anything shows.
root.dataset.theme = localStorage.getItem("theme") ||
        (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");

function switchTheme() {
        root.dataset.theme = root.dataset.theme === "dark" ? "light" : "dark";
        localStorage.setItem("theme", root.dataset.theme);
}

function addAnchor(heading) {
        const anchor = document.createElement("a");

        anchor.className = "anchor";
        anchor.href = "#" + heading.id;
        anchor.textContent = "#";
        anchor.setAttribute("aria-label", "Link to: " + heading.textContent);
        heading.append(anchor);
}

function addCopyButton(block) {
        const button = document.createElement("button");

        button.className = "copy";
        button.type = "button";
        button.textContent = "Copy the diff";
        button.addEventListener("click", async () => {
                await navigator.clipboard.writeText(block.querySelector("code").textContent);
                button.textContent = "Copied";
        });
        block.append(button);
}

function load(name) {
        return new Promise((resolve, reject) => {
                const script = document.createElement("script");

                script.src = up + name;
                script.onload = resolve;
                script.onerror = reject;
                document.head.append(script);
        });
}

// The search's library and data are loaded when somebody begins to search.
let index;

async function prepareSearch() {
        await Promise.all([load("lunr.min.js"), load("search.js")]);
        index = lunr(function () {
                this.field("title", {boost: 5});
                this.field("text");
                sections.forEach(([title, , text], id) => this.add({id, title, text}));
        });
}

function find(text) {
        const words = text.toLowerCase().split(/[^\p{L}\p{N}_]+/u).filter(word => word);

        if (words.length === 0)
                return [];
        return index.query(query => {
                for (const word of words)
                        query.term(lunr.stemmer(new lunr.Token(word)).toString(), {boost: 10});
                query.term(words.at(-1), {wildcard: lunr.Query.wildcard.TRAILING});
        });
}

// The text around the words, or the first of them.
function excerpt(text, wanted) {
        const lower = text.toLowerCase();
        const place = [wanted, wanted.split(" ")[0]].map(words => lower.indexOf(words));
        const at = Math.max(place.find(number => number >= 0) ?? 0, 0);

        return text.slice(Math.max(at - 60, 0), at + 120).replace(at > 60 ? /^\S*\s/ : "", "");
}

function showResult({ref}, wanted) {
        const [title, url, text] = sections[ref];
        const link = document.createElement("a");
        const small = document.createElement("small");

        link.href = up + url;
        link.textContent = title;
        small.textContent = excerpt(text, wanted);
        link.append(small);
        return link;
}

async function search() {
        const results = document.getElementById("results");
        const wanted = document.getElementById("search").value.trim().toLowerCase();

        if (wanted && !index)
                await prepareSearch();
        const found = wanted ? find(wanted).slice(0, 12) : [];
        results.replaceChildren(...found.map(result => showResult(result, wanted)));
        if (wanted && found.length === 0)
                results.textContent = "Nothing found.";
        results.hidden = !wanted;
}

addEventListener("DOMContentLoaded", () => {
        const input = document.getElementById("search");
        const contents = document.querySelector(".contents details");

        document.getElementById("theme").addEventListener("click", switchTheme);
        document.querySelectorAll("main :is(h2, h3, h4)[id]").forEach(addAnchor);
        document.querySelectorAll(".diff").forEach(addCopyButton);
        if (contents && matchMedia("(max-width: 56rem)").matches)
                contents.open = false;          // a phone begins with the text
        input.addEventListener("input", search);
        addEventListener("click", event => {
                if (event.target.closest("#results a"))
                        document.getElementById("results").hidden = true;
        });
        addEventListener("keydown", event => {
                if (event.key === "/" && document.activeElement !== input) {
                        event.preventDefault();
                        input.focus();
                } else if (event.key === "Escape") {
                        input.value = "";
                        search();
                }
        });
});
