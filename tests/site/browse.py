#!/usr/bin/python3
"""usage: tests/site/browse.py FOLDER VIEW...

Looks at the site in FOLDER with Chromium and prints what is wrong. A VIEW is 360-light or 1280-dark,
for example. With PICTURES=FOLDER in the environment, it leaves pictures there.
"""
import os
import shutil
import sys
import time
from pathlib import Path

from selenium import webdriver
from selenium.webdriver.chrome.service import Service

PAGES = ("index", "04-hypercalls", "messages")


def open_browser(width, height, scheme):
    options = webdriver.ChromeOptions()
    for option in ("headless=new", "no-sandbox", "disable-gpu", "disable-dev-shm-usage"):
        options.add_argument(f"--{option}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = shutil.which("chromedriver")  # the distribution's: newer Seleniums would download one
    browser = webdriver.Chrome(service=Service(driver), options=options)
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    browser.execute_cdp_cmd(
        "Emulation.setEmulatedMedia",
        {"features": [{"name": "prefers-color-scheme", "value": scheme}]},
    )
    return browser


def colour_of(browser, selector):
    return browser.execute_script(
        "const e = document.querySelector(arguments[0]);"
        "return e && getComputedStyle(e).backgroundColor",
        selector,
    )


def look_at(browser, name, width, scheme):
    """What is wrong with the page that the browser shows."""
    size = browser.execute_script("return document.documentElement.scrollWidth")
    if size > width:
        yield f"scrolls sideways: {size} pixels"
    ground = colour_of(browser, "body")
    if ground != ("rgb(13, 17, 23)" if scheme == "dark" else "rgb(255, 255, 255)"):
        yield f"has a background of {ground}"
    if name == "04-hypercalls":
        colours = [colour_of(browser, f".diff .{kind}") for kind in ("add", "del")] + [ground]
        if len(set(colours)) != 3 or None in colours:
            yield f"does not tell added from removed lines: {colours}"
        signs = browser.execute_script(
            "return ['add', 'del'].map(k => document.querySelector('.diff .' + k).textContent[0])"
        )
        if signs != ["+", "-"]:
            yield f"has no signs at changed lines, but {signs}"
    for entry in browser.get_log("browser"):
        yield f'the console says: {entry["message"]}'


def try_search(browser, words):
    """The first results for these words. While they are being typed, there are others."""
    box = browser.find_element("id", "search")
    box.clear()
    box.send_keys(words)
    for _ in range(50):
        found = browser.execute_script(
            "return Array.from(document.querySelectorAll('#results a'), link => link.innerText)"
        )
        if any(words in text.lower() for text in found):
            break
        time.sleep(0.1)
    return found


def main():
    site, bad = Path(sys.argv[1]).resolve(), []
    for view in sys.argv[2:]:
        width, scheme = int(view.split("-")[0]), view.split("-")[1]
        browser = open_browser(width, 900, scheme)
        for name in PAGES:
            browser.get(f"file://{site}/{name}.html")
            bad += [f"{name}, {view}: {what}" for what in look_at(browser, name, width, scheme)]
            if "PICTURES" in os.environ:
                browser.save_screenshot(f'{os.environ["PICTURES"]}/{name}-{view}.png')
        found = try_search(browser, "page directory")
        if not any("page directory" in text.lower() for text in found):
            bad.append(f"{view}: the search for a page directory finds {found}")
        browser.quit()
    print("\n".join(bad) or "nothing is wrong")
    return 1 if bad else 0


sys.exit(main())
