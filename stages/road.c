#include "stages/road.h"

#include "stages/copy.h"
#include "stages/enhance.h"
#include "stages/fetch.h"
#include "stages/inspect.h"
#include "stages/publish.h"
#include "stages/remove_background.h"
#include "stages/resize.h"

_Static_assert((int)STAGE_COUNT <= STAGES_MAX, "an item has no room for so many");

const struct stage *const road_stages[STAGE_COUNT] = {
	[STAGE_FETCH] = &stage_fetch,     [STAGE_REMOVE_BACKGROUND] = &stage_remove_background,
	[STAGE_ENHANCE] = &stage_enhance, [STAGE_RESIZE] = &stage_resize,
	[STAGE_INSPECT] = &stage_inspect, [STAGE_COPY] = &stage_copy,
	[STAGE_PUBLISH] = &stage_publish,
};
