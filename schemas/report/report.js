// Comparing, sorting and filtering the pictures. Everything else on the page works without it.
"use strict";
(() => {
	const gallery = document.querySelector(".gallery");
	if (!gallery)
		return;
	const items = [...gallery.children];
	const sku = (item) => item.querySelector("h3").textContent;
	const rank = ["review", "rejected", "failed", "skipped", "succeeded"];

	// A picture that is not there says so.
	gallery.addEventListener("error", (event) => {
		const gone = document.createElement("span");
		gone.className = "gone";
		gone.textContent = "Cannot be shown here";
		if (event.target.localName === "img")
			event.target.replaceWith(gone);
	}, true);

	// Before and after, one upon the other, with a slider between them.
	for (const item of items) {
		const pair = item.querySelector(".pair");
		if (pair.querySelectorAll("img").length < 2)
			continue;
		const slider = document.createElement("input");
		slider.type = "range";
		slider.min = 0;
		slider.max = 100;
		slider.value = 50;
		slider.setAttribute("aria-label", "Before and after: " + sku(item));
		slider.addEventListener("input", () => pair.style.setProperty("--cut", slider.value + "%"));
		pair.append(slider);
		pair.classList.add("slides");
	}

	const tools = document.querySelector(".tools");
	const buttons = [...tools.querySelectorAll("button")];
	const tally = tools.querySelector(".tally");
	tools.hidden = false;

	const show = (status) => {
		let shown = 0;
		for (const item of items) {
			item.hidden = status !== "" && item.dataset.status !== status;
			shown += !item.hidden;
		}
		for (const button of buttons)
			button.setAttribute("aria-pressed", String(button.dataset.show === status));
		tally.textContent = shown.toLocaleString("en") + (shown === 1 ? " picture" : " pictures");
	};
	for (const button of buttons)
		button.addEventListener("click", () => show(button.dataset.show));
	show("");

	const orders = {
		confidence: (a, b) => a.dataset.confidence - b.dataset.confidence,
		status: (a, b) => rank.indexOf(a.dataset.status) - rank.indexOf(b.dataset.status),
		cost: (a, b) => b.dataset.cost - a.dataset.cost,
		sku: (a, b) => sku(a).localeCompare(sku(b), "en", { numeric: true }),
	};
	document.getElementById("sort").addEventListener("change", (event) => {
		const order = orders[event.target.value];
		gallery.append(...(order ? [...items].sort(order) : items));
	});
})();
