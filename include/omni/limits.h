/**
   @file limits.h  Sizes that no input may exceed.

   They are checked before anything is written; a record over one of them is
   refused with its reason and kept in the refused log.
*/
#ifndef OMNI_LIMITS_H
#define OMNI_LIMITS_H

#define OMNI_LIMIT_IDENTIFIERS 16        /**< Identifiers of one event. */
#define OMNI_LIMIT_IDENTIFIER_BYTES 1024 /**< Value of an identifier. */
#define OMNI_LIMIT_NAMESPACE_BYTES 32    /**< Namespace of an identifier. */
#define OMNI_LIMIT_NAME_BYTES 128 /**< Event, trait, channel, source name. */
#define OMNI_LIMIT_JOINED 32      /**< Profiles that one result tells of. */
#define OMNI_LIMIT_EVENT_ID_BYTES 1024 /**< Sender's message id. */
#define OMNI_LIMIT_EVENT_BYTES 65536   /**< One event, as JSON or encoded. */
#define OMNI_LIMIT_TRAITS 512          /**< Traits of one event. */
#define OMNI_LIMIT_JSON_DEPTH 32       /**< Nesting of arrays and objects. */
#define OMNI_LIMIT_LINE_BYTES                                                  \
    16777216 /**< One line: an event, or a batch of them. */
#define OMNI_LIMIT_REASON_BYTES 1024 /**< Reason or author of a statement. */
#define OMNI_LIMIT_SEGMENT_NAME_BYTES 64 /**< Name of a segment. */
#define OMNI_LIMIT_SET_SEGMENTS 16       /**< Segments of one set operation. */
#define OMNI_LIMIT_BATCH_FACTS 65536     /**< Facts of one batch. */
#define OMNI_LIMIT_BATCH_BYTES 67108864  /**< Encoded bytes of one batch. */

#endif
