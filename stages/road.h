/*
 * road.h - the ordered table of stages, and what each is told. The one place that knows them all.
 */
#ifndef PACKSHOT_STAGES_ROAD_H
#define PACKSHOT_STAGES_ROAD_H

/* Index of each stage in the table and in item->results. The order is the road. */
enum road_stage {
	STAGE_FETCH,
	STAGE_REMOVE_BACKGROUND,
	STAGE_ENHANCE,
	STAGE_RESIZE,
	STAGE_INSPECT,
	STAGE_COPY,
	STAGE_PUBLISH,
	STAGE_COUNT
};

struct stage;

/* The stages in order; STAGE_COUNT of them, constant. */
extern const struct stage *const road_stages[STAGE_COUNT];

#endif
