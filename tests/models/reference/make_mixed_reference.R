# README: mixed_made_up.csv, mixed_estimates.csv, mixed_fits.csv and mixed_modes.csv were made by R 4.2.2 with ordinal 2022.11.16 and lme4 1.1.31; rerun with `Rscript make_mixed_reference.R` in this folder.
#
# Makes up six inputs, then fits them and mixed_panel.csv with crossed random intercepts by the Laplace approximation: the grade
# with ordinal::clmm, good or better (grade >= 2) with clmm and lme4::glmer. Both peers stop early as they come, so their
# tolerances are tightened, and clmm starts once more from where it stopped.
suppressMessages({library(ordinal); library(lme4)})

drawn <- function(case, seed, levels, deviations, thresholds, factors, slopes = c(0.8, -0.5)) {
  set.seed(seed)
  n <- nrow(factors)
  a <- round(rnorm(n), 3)
  b <- round(runif(n, 0, 3), 3)
  latent <- slopes[1] * a + slopes[2] * b + rlogis(n)
  for (f in names(factors)) latent <- latent + (rnorm(levels[[f]]) * deviations[[f]])[factors[[f]]]
  grade <- findInterval(latent, thresholds)
  every <- data.frame(council = factors$council, year = if (is.null(factors$year)) NA else factors$year,
                      inspector = if (is.null(factors$inspector)) NA else factors$inspector)
  data.frame(case = case, grade = grade, a = a, b = b, every)
}
uneven <- function(n, levels) c(seq_len(levels), sample(levels, n - levels, replace = TRUE, prob = 1 / seq_len(levels)))

four <- c(-2.2, -0.4, 1.3)
cross <- expand.grid(council = 1:40, year = 1:10)
made_up <- rbind(
  drawn("balanced", 1, list(council = 40, year = 10), list(council = 0.9, year = 0.6), four, cross),
  {set.seed(2); drawn("unbalanced", 2, list(council = 60, year = 9), list(council = 0.7, year = 0.5), four,
                      data.frame(council = uneven(330, 60), year = sample(uneven(330, 9))))},
  {set.seed(3); drawn("one", 3, list(council = 50), list(council = 1.1), c(-1, 0.6), data.frame(council = uneven(240, 50)))},
  # More years than councils would be odd; but the engine must not care which factor is named first, so here they are.
  {set.seed(4); drawn("three", 4, list(council = 12, year = 30, inspector = 8), list(council = 0.6, year = 0.8, inspector = 0.5), four,
                      data.frame(council = uneven(360, 12), year = sample(uneven(360, 30)), inspector = sample(uneven(360, 8))))},
  drawn("near_zero", 5, list(council = 30, year = 8), list(council = 0.8, year = 0.15), four, expand.grid(council = 1:30, year = 1:8)),
  drawn("zero", 6, list(council = 30, year = 8), list(council = 0.8, year = 0), four, expand.grid(council = 1:30, year = 1:8)))

GROUPS <- list(balanced = c("council", "year"), unbalanced = c("council", "year"), one = "council", three = c("council", "year", "inspector"),
               near_zero = c("council", "year"), zero = c("council", "year"), panel = c("council", "figures_year"))
TIGHT <- glmerControl(optimizer = "bobyqa", tolPwrss = 1e-13, optCtrl = list(rhobeg = 0.1, rhoend = 1e-9, maxfun = 1e5), check.conv.singular = "ignore")
MODES <- c("unbalanced", "panel")

by_clmm <- function(formula, frame) {
  if (sum(grepl("|", all.names(formula), fixed = TRUE)) == 1) {
    # One factor: another engine of clmm's, with other controls.
    return(clmm(formula, data = frame, control = clmm.control(method = "ucminf", grtol = 1e-10, xtol = 1e-14, gradTol = 1e-10, innerCtrl = "noWarn")))
  }
  control <- clmm.control(method = "nlminb", rel.tol = 1e-15, x.tol = 1e-12, eval.max = 2000, maxIter = 200, gradTol = 1e-10, innerCtrl = "noWarn")
  fit <- clmm(formula, data = frame, control = control)
  again <- clmm(formula, data = frame, control = control, start = list(c(fit$alpha, fit$beta), unlist(fit$ST)))
  if (as.numeric(logLik(again)) > as.numeric(logLik(fit))) again else fit
}

estimates <- fits <- modes <- NULL
keep <- function(case, kind, software, parameter, estimate, error) {
  estimates <<- rbind(estimates, data.frame(case = case, kind = kind, software = software, parameter = parameter, estimate = estimate, std_error = error))
}
keep_fit <- function(case, kind, software, fit, frame) {
  fits <<- rbind(fits, data.frame(case = case, kind = kind, software = software, n = nrow(frame), loglik = as.numeric(logLik(fit))))
}
keep_modes <- function(case, kind, software, fit) {
  found <- ranef(fit, condVar = TRUE)
  for (group in names(found)) {
    variance <- if (software == "clmm") attr(found, "condVar")[[group]] else attr(found[[group]], "postVar")
    modes <<- rbind(modes, data.frame(case = case, kind = kind, software = software, group = group, level = rownames(found[[group]]),
                                      mode = found[[group]][, 1], std_error = sqrt(as.vector(unlist(variance)))))
  }
}
keep_clmm <- function(case, kind, formula, frame, terms, groups) {
  fit <- by_clmm(formula, frame)
  error <- suppressWarnings(sqrt(diag(vcov(fit))))
  deviation <- sapply(groups, function(group) as.numeric(fit$ST[[group]]))
  keep(case, kind, "clmm", c(names(coef(fit)), paste0("sd ", groups)), c(coef(fit), deviation),
       c(error[seq_along(coef(fit))], error[length(coef(fit)) + match(groups, names(fit$ST))]))
  keep_fit(case, kind, "clmm", fit, frame)
  if (case %in% MODES && kind == "ordered") keep_modes(case, kind, "clmm", fit)
}
keep_glmer <- function(case, formula, frame, terms, groups) {
  fit <- glmer(formula, data = frame, family = binomial, control = TIGHT)
  error <- sqrt(diag(as.matrix(vcov(fit))))
  deviation <- sapply(groups, function(group) getME(fit, "theta")[[paste0(group, ".(Intercept)")]])
  keep(case, "binary", "glmer", c("0|1", terms, paste0("sd ", groups)), c(-fixef(fit)[1], fixef(fit)[terms], deviation), c(error, NA * deviation))
  keep_fit(case, "binary", "glmer", fit, frame)
  if (case %in% MODES) keep_modes(case, "binary", "glmer", fit)
}

panel <- read.csv("mixed_panel.csv")
for (case in names(GROUPS)) {
  frame <- if (case == "panel") panel else made_up[made_up$case == case, ]
  groups <- GROUPS[[case]]
  terms <- if (case == "panel") c("deprivation_decile", "preventative_100") else c("a", "b")
  for (group in groups) frame[[group]] <- factor(frame[[group]])
  frame$ordered <- factor(frame$grade, ordered = TRUE)
  frame$good <- as.integer(frame$grade >= 2)
  frame$good_factor <- factor(frame$good, ordered = TRUE)
  right <- c(terms, paste0("(1 | ", groups, ")"))
  keep_clmm(case, "ordered", reformulate(right, "ordered"), frame, terms, groups)
  if (case %in% c("balanced", "panel")) keep_clmm(case, "binary", reformulate(right, "good_factor"), frame, terms, groups)
  keep_glmer(case, reformulate(right, "good"), frame, terms, groups)
  cat(case, "\n")
}

write_exact <- function(table, file) {
  numeric <- vapply(table, is.double, logical(1))
  table[numeric] <- lapply(table[numeric], function(column) ifelse(is.na(column), "", sprintf("%.15g", column)))
  write.csv(table, file, row.names = FALSE, quote = FALSE, eol = "\n", na = "")
}
write_exact(made_up, "mixed_made_up.csv")
write_exact(estimates, "mixed_estimates.csv")
write_exact(fits, "mixed_fits.csv")
write_exact(modes, "mixed_modes.csv")
