#!/bin/sh
# The cutouts of the sample photos against their exact masks, with both methods. Needs the local model (make model).
cd "$(dirname "$0")/../.." && exec "${B:-build/plain}/tests/flow/iou" tests/masks/scenes.json
