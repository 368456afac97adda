//===- Search.cpp - bits and arithmetic of each layer in a budget ---------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "tally/Driver/Search.h"

#include "Driver/ModuleState.h"
#include "Driver/SearchLayers.h"
#include "Driver/SearchProbes.h"
#include "Driver/SearchTimes.h"
#include "Driver/Threads.h"
#include "tally/Driver/Quantize.h"
#include "tally/Quantize/Math/MultipleChoice.h"
#include "tally/Support/Interrupt.h"
#include "tally/Support/Text.h"

#include "llvm/Support/FormatVariadic.h"
#include <set>

using namespace mlir;

namespace tally {

namespace {

class Searcher {
public:
  Searcher(const SearchJob &job, const SearchRecipe &recipe, const SearchProbes &probes,
           Search &search)
      : job(job), recipe(recipe), probes(probes), search(search) {}

  Status run() {
    for (auto step : {&Searcher::measureBase, &Searcher::measureOptions, &Searcher::setCosts})
      if (Status done = (this->*step)(); !done)
        return done;
    addUp();
    if (Status chosen =
            job.budget.kind == SearchBudget::AccuracyDrop ? chooseByAccuracy() : chooseByCost();
        !chosen)
      return chosen;
    search.recipe = recipe.with(formatsOf(search.chosen.choices), describe());
    return measureFront();
  }

private:
  Status measure(std::vector<SearchProbe> &measured, const std::string &title) {
    Status done = probes.measure(measured, title);
    for (const SearchProbe &probe : measured)
      ++(probe.kept ? search.kept : search.measured);
    return done;
  }

  /// The network in which no layer changes.
  Status measureBase() {
    std::vector<SearchProbe> base(1);
    base[0].recipe = recipe.forMeasuring({}, job.fit);
    if (Status done = measure(base, "measuring the network"); !done)
      return done;
    // Whether a recipe measures outputs is for its passes to know.
    if (!base[0].error.empty()) {
      base[0].error.clear();
      base[0].fits = baseFits = true;
      if (Status done = measure(base, "measuring the network"); !done)
        return done;
    }
    if (!base[0].error.empty())
      return Error{base[0].error};
    search.base = base[0].figures;
    return Done();
  }

  /// Each layer in each format, the others as the recipe has them.
  Status measureOptions() {
    std::vector<SearchProbe> measured;
    std::vector<SearchedLayer::Option *> options;
    for (SearchedLayer &layer : search.layers)
      for (SearchedLayer::Option &option : layer.options) {
        if (option.format == layer.base)
          continue; // loses and costs nothing beside itself
        SearchProbe probe;
        probe.recipe = recipe.forMeasuring({{&layer, option.format}}, job.fit);
        probe.fits = baseFits || option.format.needsImages();
        measured.push_back(std::move(probe));
        options.push_back(&option);
      }
    if (Status done = measure(measured, "measuring layers"); !done)
      return done;
    for (auto [option, probe] : llvm::zip(options, measured)) {
      option->error = probe.error;
      option->loss = probe.figures.loss - search.base.loss;
      option->cost = costOf(probe.figures) - costOf(search.base);
    }
    bool any = false;
    std::string why;
    for (SearchedLayer &layer : search.layers) {
      if (!layer.stays.empty())
        continue;
      auto works = [](const SearchedLayer::Option &option) { return option.error.empty(); };
      if (llvm::any_of(layer.options, works)) {
        any = true;
        continue;
      }
      layer.stays = why = layer.options.front().error;
    }
    return any ? Status(Done()) : Error{"no layer can change: " + why};
  }

  /// What a budget of time is compared with has to be measured by itself.
  Status setCosts() {
    if (job.budget.kind != SearchBudget::Time)
      return Done();
    if (Status timed = measureTimes(recipe, probes, search.layers); !timed)
      return timed;
    Result<double> base = measureTime(probes, recipe.forMeasuring({}, job.fit), baseFits);
    if (!base)
      return base.error();
    search.base.seconds = *base;
    return Done();
  }

  double costOf(const SearchFigures &figures) const {
    return tally::costOf(job.budget.kind, figures);
  }

  void addUp() {
    std::vector<std::vector<Choice>> groups;
    for (const SearchedLayer &layer : search.layers) {
      if (!layer.stays.empty())
        continue;
      groups.emplace_back();
      options.emplace_back();
      for (size_t i = 0; i < layer.options.size(); ++i)
        if (layer.options[i].error.empty()) {
          groups.back().push_back({layer.options[i].cost, layer.options[i].loss});
          options.back().push_back(i);
        }
    }
    front = SelectionFront::of(groups);
    search.isExact = front.isExact();
    search.selections = front.size();
  }

  SearchPoint pointAt(size_t index) const {
    Selection selection = front.get(index);
    SearchPoint point;
    for (auto [group, choice] : llvm::enumerate(selection.choices))
      point.choices.push_back(options[group][choice]);
    point.cost = costOf(search.base) + selection.cost;
    point.loss = search.base.loss + selection.loss;
    return point;
  }

  SearchRecipe::Formats formatsOf(const std::vector<size_t> &choices) const {
    SearchRecipe::Formats formats;
    size_t next = 0;
    for (const SearchedLayer &layer : search.layers)
      if (layer.stays.empty())
        formats.emplace_back(&layer, layer.options[choices[next++]].format);
    return formats;
  }

  /// Measures the whole networks of points, as `quantize` makes them, each once.
  Status measure(std::vector<SearchPoint> &points, const std::string &title) {
    std::vector<SearchProbe> measured;
    for (const SearchPoint &point : points) {
      SearchProbe probe;
      probe.recipe = recipe.with(formatsOf(point.choices));
      probe.fits = probe.judged = true;
      if (!known.count(probe.recipe))
        measured.push_back(std::move(probe));
    }
    if (Status done = measure(measured, title); !done)
      return done;
    for (const SearchProbe &probe : measured) {
      if (!probe.error.empty())
        return Error{"the network of all chosen layers: " + probe.error};
      known[probe.recipe] = probe.figures;
      if (job.budget.kind != SearchBudget::Time)
        continue;
      Result<double> seconds = measureTime(probes, probe.recipe, /*fits=*/true);
      if (!seconds)
        return seconds.error();
      known[probe.recipe].seconds = *seconds;
    }
    for (SearchPoint &point : points)
      point.measured = known.at(recipe.with(formatsOf(point.choices)));
    return Done();
  }

  Result<SearchPoint> measureAt(size_t index) {
    std::vector<SearchPoint> point = {pointAt(index)};
    Status done = measure(point, "measuring the choice");
    return done ? Result<SearchPoint>(point[0]) : done.error();
  }

  /// Costs of layers do not always add up to that of the network, so what they add up to is moved
  /// by what the last network had more, until there is nothing new to try.
  Status chooseByCost() {
    constexpr int kMostTries = 12;
    double most = job.budget.most, limit = most - costOf(search.base);
    std::optional<SearchPoint> best;
    std::set<size_t> tried;
    for (int i = 0; i < kMostTries; ++i) {
      std::optional<size_t> index = front.find(limit);
      if (!index)
        index = 0;
      if (!tried.insert(*index).second)
        break;
      Result<SearchPoint> point = measureAt(*index);
      if (!point)
        return point.error();
      double cost = costOf(point->measured);
      if (cost <= most && (!best || point->loss < best->loss))
        best = *point;
      limit = most - costOf(search.base) - (cost - point->cost);
      if (cost > most && *index > 0)
        limit = std::min(limit, front.cost(*index - 1));
    }
    if (!best)
      return takeCheapest();
    search.chosen = *best;
    return Done();
  }

  Status takeCheapest() {
    Result<SearchPoint> least = measureAt(0);
    if (!least)
      return least.error();
    if (costOf(least->measured) <= job.budget.most) {
      search.chosen = *least;
      return Done();
    }
    return Error{"the budget of " + formatCost(job.budget.kind, job.budget.most) +
                 " cannot be met: with these formats, the least is " +
                 formatCost(job.budget.kind, costOf(least->measured))};
  }

  double dropOf(const SearchPoint &point) const {
    return *search.floatTop1 - point.measured.top1.value_or(0);
  }

  /// The smallest network that keeps within the drop, of those at most a hundredth apart. Accuracy
  /// does not rise with every byte, so some below the first that is found are tried, too.
  Status chooseByAccuracy() {
    constexpr size_t kBelow = 3;
    constexpr double kApart = 1.01;
    std::vector<size_t> places;
    double base = costOf(search.base);
    for (size_t i = 0; i < front.size(); ++i)
      if (places.empty() || i + 1 == front.size() ||
          base + front.cost(i) >= kApart * (base + front.cost(places.back())))
        places.push_back(i);
    std::map<size_t, SearchPoint> points;
    auto keeps = [&](size_t place) -> Result<bool> {
      Result<SearchPoint> point = measureAt(places[place]);
      if (!point)
        return point.error();
      // As many images as points say, and not one less by rounding.
      bool within = dropOf(*point) <= job.budget.most + 1e-12;
      if (within)
        points[place] = *point;
      else
        leastDrop = std::min(leastDrop.value_or(dropOf(*point)), dropOf(*point));
      return within;
    };
    size_t low = 0, high = places.size() - 1;
    Result<bool> within = keeps(high);
    while (within && *within && low < high) {
      size_t middle = (low + high) / 2;
      Result<bool> here = keeps(middle);
      if (!here)
        return here.error();
      (*here ? high : low) = *here ? middle : middle + 1;
    }
    for (size_t below = 1; within && *within && below <= kBelow && below <= high; ++below) {
      Result<bool> here = keeps(high - below);
      if (!here)
        return here.error();
      if (*here) {
        high -= below;
        below = 0;
      }
    }
    if (!within)
      return within.error();
    if (!*within)
      return Error{llvm::formatv("the {0} cannot be kept: with these formats, the least that was "
                                 "found is {1:F2} points",
                                 job.budget.toText(), 100 * *leastDrop)
                       .str()};
    search.chosen = points.at(high);
    return Done();
  }

  /// From the cheapest to the one that loses least, at even distances of cost.
  Status measureFront() {
    if (job.points == 0)
      return Done();
    double low = front.cost(0), high = front.cost(front.size() - 1);
    std::set<size_t> places = {front.size() - 1};
    for (int64_t i = 0; i + 1 < job.points; ++i)
      places.insert(*front.find(low + (high - low) * double(i) / double(job.points - 1)));
    for (size_t place : places)
      search.front.push_back(pointAt(place));
    return measure(search.front, "measuring budgets");
  }

  std::string describe() const {
    return "Bits and arithmetic of each layer, searched for " + job.budget.toText();
  }

  const SearchJob &job;
  const SearchRecipe &recipe;
  const SearchProbes &probes;
  Search &search;
  std::map<std::string, SearchFigures> known; ///< of whole networks, by their recipes
  bool baseFits = false; ///< whether the recipe measures outputs of layers that do not change
  SelectionFront front;
  std::vector<std::vector<size_t>> options; ///< of layers that change, those that can be
  std::optional<double> leastDrop;          ///< of networks beyond the budget
};

Status check(const SearchJob &job) {
  if (job.images.data.empty())
    return Error{"requires images to measure layers on", ErrorKind::Usage};
  if (job.network == "-")
    return Error{"requires a file, which is read for every network, but got standard input",
                 ErrorKind::Usage};
  if (job.bits.empty() || job.formats.empty())
    return Error{"requires bits and formats to choose from", ErrorKind::Usage};
  return checkThreads(job.threads);
}

} // namespace

/// Loads the network of a job and calibrates it if need be; `folder` then holds a copy.
static Result<Network> loadCalibrated(Session &session, const SearchJob &job,
                                      std::optional<Temporary> &folder) {
  Result<Network> module = session.load(job.network);
  if (!module)
    return module;
  if (isQuantized(**module))
    return Error{"'" + job.network + "' is quantized already"};
  if (Status whole = expectWhole(**module); !whole)
    return whole.error();
  if (stageOf(**module) == Stage::Calibrated)
    return module;
  if (Status calibrated = calibrate(**module, {job.images, ""}); !calibrated)
    return calibrated.error();
  Result<Temporary> made = makeTemporaryFolder();
  if (!made)
    return made.error();
  folder.emplace(std::move(*made));
  if (Status saved = session.save(**module, folder->getPath() + "/net.mlir"); !saved)
    return saved.error();
  return module;
}

Result<Search> search(const SearchJob &given) {
  constexpr int64_t kImages = 500; // as many as `quantize` takes by itself
  SearchJob job = given;
  if (job.images.limit == 0)
    job.images.limit = kImages;
  if (Status checked = check(job); !checked)
    return checked.error();
  Result<SearchRecipe> recipe = SearchRecipe::load(job);
  if (!recipe)
    return recipe.error();
  Session session;
  std::optional<Temporary> folder;
  Result<Network> module = loadCalibrated(session, job, folder);
  if (!module)
    return module.error();
  Search search;
  Result<std::vector<SearchedLayer>> layers = recipe->listLayers(**module, job);
  if (!layers)
    return layers.error();
  search.layers = std::move(*layers);
  std::string path = folder ? folder->getPath() + "/net.mlir" : job.network;
  Result<SearchProbes> probes = SearchProbes::create(job, path, **module);
  if (!probes)
    return probes.error();
  search.isDivergence = probes->isDivergence();
  search.floatTop1 = probes->floatTop1();
  if (job.budget.kind == SearchBudget::AccuracyDrop && !search.floatTop1)
    return Error{"--budget accuracy-drop requires images with labels", ErrorKind::Usage};
  Searcher searcher(job, *recipe, *probes, search);
  if (Status done = searcher.run(); !done)
    return done.error();
  size_t next = 0;
  for (SearchedLayer &layer : search.layers)
    if (layer.stays.empty())
      layer.chosen = search.chosen.choices[next++];
  return search;
}

} // namespace tally
