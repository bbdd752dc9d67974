// cli/nearest.h: the word that was probably meant.
//
// Limits: words longer than 64 bytes have no suggestion. Pure; any thread.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace playhead::cli {

// How many letters to insert, remove, replace or swap with their neighbour to turn `left` into `right`.
std::size_t edit_distance(std::string_view left, std::string_view right);

// The nearest of `known`: the only one that begins with `word`, else the one with the fewest edits (the first of equals), where
// at most a third of the letters differ. Empty: none is near.
std::string_view nearest(std::string_view word, std::span<const std::string> known);

}  // namespace playhead::cli
