/** @file omni.h  Everything: unified customer profiles, in process. */
#ifndef OMNI_OMNI_H
#define OMNI_OMNI_H

#include "omni/batch.h"
#include "omni/cel.h"
#include "omni/changes.h"
#include "omni/event.h"
#include "omni/explain.h"
#include "omni/export.h"
#include "omni/facts.h"
#include "omni/funnel.h"
#include "omni/group.h"
#include "omni/identifier.h"
#include "omni/limits.h"
#include "omni/mapping.h"
#include "omni/policy.h"
#include "omni/profile.h"
#include "omni/profiles.h"
#include "omni/scan.h"
#include "omni/segment.h"
#include "omni/segments.h"
#include "omni/statement.h"
#include "omni/status.h"
#include "omni/store.h"
#include "omni/timeline.h"
#include "omni/txn.h"

#endif
