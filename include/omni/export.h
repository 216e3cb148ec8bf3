/** @file export.h  How a public symbol is marked. */
#ifndef OMNI_EXPORT_H
#define OMNI_EXPORT_H

/** Marks what the library exports. */
#if defined(_WIN32) && defined(OMNI_BUILDING)
#define OMNI_API __declspec(dllexport)
#elif defined(_WIN32) && !defined(OMNI_STATIC)
#define OMNI_API __declspec(dllimport)
#elif defined(__GNUC__)
#define OMNI_API __attribute__((visibility("default")))
#else
#define OMNI_API
#endif

#endif
