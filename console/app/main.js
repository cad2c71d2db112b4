document.body.textContent = "Agent Transfer";
