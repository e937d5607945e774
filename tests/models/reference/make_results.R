# README: results_*.csv were made by R 4.2.2 with ordinal 2022.11.16; rerun with `Rscript make_results.R` in this folder.
#
# What can be asked of a fitted model, by the published formulas written out here (the packages sandwich, margins and brant are
# not needed), from ordinal::clm and stats::glm: sandwich covariances, average differences in predicted probabilities, Brant's
# test, nominal tests, pseudo-R2 and likelihood-ratio tests. Clusters are blocks of four rows in the order of the file.
library(ordinal)

CLM <- clm.control(method = "Newton", gradTol = 1e-11, relTol = 1e-12, maxIter = 200, convergence = "stop")
CASES <- list(
  sif = list(file = "sif.csv", terms = c("deprivation_decile", "preventative_100"), step = c(1, 1)),
  three_grades = list(file = "three_grades.csv", terms = c("a", "b"), step = c(0.5, -2)),
  five_grades = list(file = "five_grades.csv", terms = c("rate", "score", "spend", "income"), step = c(0.001, 10, 100, -20000))
)
UNITS <- c(rate = 1e-3, score = 10, spend = 1e3, income = 1e5, deprivation_decile = 1, preventative_100 = 1, a = 1, b = 1)
LINKS <- c("logit", "probit", "cloglog")
CLUSTER_SIZE <- 4

# P(y <= j) and its derivative on the latent scale.
BELOW <- list(logit = plogis, probit = pnorm, cloglog = function(z) 1 - exp(-exp(z)))

# Probability of each grade at parameters c(thresholds, slopes), by the definition.
chances <- function(parameters, x, grades, link) {
  inner <- grades - 1
  linear <- as.vector(x %*% parameters[-seq_len(inner)])
  below <- sapply(seq_len(inner), function(j) BELOW[[link]](parameters[j] - linear))
  below <- cbind(0, below, 1)
  below[, -1, drop = FALSE] - below[, -(grades + 1), drop = FALSE]
}

# Central differences with one Richardson step: 1e-11 or so.
jacobian <- function(f, at) {
  sapply(seq_along(at), function(i) {
    difference <- function(h) {
      up <- down <- at
      up[i] <- at[i] + h
      down[i] <- at[i] - h
      (f(up) - f(down)) / (2 * h)
    }
    h <- 1e-3 * max(1, abs(at[i]))
    (4 * difference(h / 2) - difference(h)) / 3
  })
}

# Score of every row at the estimates, (n, k), numerically from the definition.
row_scores <- function(parameters, x, y, link) {
  grades <- max(y) + 1
  jacobian(function(p) log(chances(p, x, grades, link)[cbind(seq_along(y), y + 1)]), parameters)
}

# Brant (1990): binary logits at every cut, W_lm = diag(pi_m - pi_l pi_m), Wald test of equal slopes. `cluster` NULL: Brant's own
# covariance; else that of the cut's clustered influences, times G / (G - 1).
brant <- function(y, x, cluster = NULL) {
  cuts <- seq_len(max(y)) - 1
  p <- ncol(x)
  full <- cbind(1, x)
  fits <- lapply(cuts, function(cut)
    glm((y > cut) ~ x, family = binomial, control = glm.control(epsilon = 1e-15, maxit = 100)))
  pi <- sapply(fits, fitted)
  bread <- lapply(cuts + 1, function(l) solve(t(full) %*% (full * pi[, l] * (1 - pi[, l]))))
  beta <- unlist(lapply(fits, function(fit) coef(fit)[-1]))
  slopes <- function(l) (l - 1) * p + seq_len(p)
  joint <- matrix(0, length(beta), length(beta))
  if (is.null(cluster)) {
    for (l in cuts + 1) for (m in cuts + 1) {
      lower <- min(l, m)
      upper <- max(l, m)
      w <- pi[, upper] - pi[, lower] * pi[, upper]
      joint[slopes(l), slopes(m)] <- (bread[[l]] %*% t(full) %*% (full * w) %*% bread[[m]])[-1, -1]
    }
  } else {
    influence <- do.call(cbind, lapply(cuts + 1, function(l) (((y > cuts[l]) - pi[, l]) * full) %*% bread[[l]][, -1]))
    sums <- rowsum(influence, cluster)
    joint <- t(sums) %*% sums * nrow(sums) / (nrow(sums) - 1)
  }
  contrast <- do.call(rbind, lapply(cuts[-1] + 1, function(l) {
    d <- matrix(0, p, length(beta))
    d[, slopes(1)] <- diag(p)
    d[, slopes(l)] <- -diag(p)
    d
  }))
  term_of <- rep(seq_len(p), length(cuts) - 1)
  test <- function(rows) {
    d <- contrast[rows, , drop = FALSE]
    difference <- d %*% beta
    statistic <- as.numeric(t(difference) %*% solve(d %*% joint %*% t(d), difference))
    c(statistic, length(rows), pchisq(statistic, length(rows), lower.tail = FALSE))
  }
  rbind(test(seq_along(term_of)), t(sapply(seq_len(p), function(i) test(which(term_of == i)))))
}

parameters_of <- function(frame, x, terms, link) {
  data <- as.data.frame(x)
  data$outcome <- factor(frame$grade, ordered = TRUE)
  clm(reformulate(terms, "outcome"), data = data, link = link, control = CLM)
}

estimates <- covariances <- marginals <- tests <- statistics <- ratios <- NULL
for (case in names(CASES)) {
  terms <- CASES[[case]]$terms
  frame <- read.csv(CASES[[case]]$file)
  x <- sapply(terms, function(term) frame[[term]] / UNITS[[term]])
  y <- frame$grade
  n <- nrow(frame)
  grades <- max(y) + 1
  cluster <- (seq_len(n) - 1) %/% CLUSTER_SIZE
  for (link in LINKS) {
    fit <- parameters_of(frame, x, terms, link)
    parameters <- coef(fit)
    names <- names(parameters)
    unit <- c(rep(1, grades - 1), UNITS[terms])
    bread <- vcov(fit)
    scores <- row_scores(parameters, x, y, link)
    stopifnot(max(abs(colSums(scores))) < 1e-6)
    sums <- rowsum(scores, cluster)
    count <- nrow(sums)
    kinds <- list(information = bread, HC0 = bread %*% t(scores) %*% scores %*% bread,
                  CR1 = bread %*% t(sums) %*% sums %*% bread * count / (count - 1))
    # Leaving each cluster out: (G - 1) / G times the outer products of the moves from the full estimates.
    moves <- t(sapply(unique(cluster), function(g) coef(parameters_of(frame[cluster != g, ], x[cluster != g, ], terms, link)) - parameters))
    kinds$CR3 <- t(moves) %*% moves * (count - 1) / count
    estimates <- rbind(estimates, data.frame(case = case, link = link, parameter = names, estimate = parameters / unit))
    for (kind in names(kinds)) {
      turned <- kinds[[kind]] / outer(unit, unit)
      covariances <- rbind(covariances, data.frame(case = case, link = link, covariance = kind, row = rep(names, length(names)),
                                                   column = rep(names, each = length(names)), value = as.vector(turned)))
    }
    for (i in seq_along(terms)) {
      step <- CASES[[case]]$step[i] / UNITS[[terms[i]]]
      moved <- x
      moved[, i] <- x[, i] + step
      # predict() of clm for the differences themselves; the definition for derivatives and for the delta method.
      predicted <- function(values) predict(fit, newdata = as.data.frame(values), type = "prob")$fit
      near <- 1e-4
      up <- down <- x
      up[, i] <- x[, i] + near
      down[, i] <- x[, i] - near
      averages <- list(difference = colMeans(predicted(moved) - predicted(x)),
                       derivative = colMeans(predicted(up) - predicted(down)) / (2 * near) * step)
      functions <- list(
        difference = function(p) colMeans(chances(p, moved, grades, link) - chances(p, x, grades, link)),
        derivative = function(p) colMeans(chances(p, up, grades, link) - chances(p, down, grades, link)) / (2 * near) * step)
      for (change in names(functions)) {
        stopifnot(max(abs(functions[[change]](parameters) - averages[[change]])) < 1e-9)
        slope <- jacobian(functions[[change]], parameters)
        good <- matrix(as.numeric(seq_len(grades) - 1 >= 2), 1)
        slope <- rbind(slope, good %*% slope)
        value <- c(averages[[change]], sum(averages[[change]][seq_len(grades) - 1 >= 2]))
        error <- sqrt(diag(slope %*% kinds$CR1 %*% t(slope)))
        plain <- sqrt(diag(slope %*% bread %*% t(slope)))
        marginals <- rbind(marginals, data.frame(case = case, link = link, column = terms[i], step = CASES[[case]]$step[i],
                                                 change = change, target = seq_along(value) - 1, value = value,
                                                 error_information = plain, error_CR1 = error))
      }
    }
    null <- parameters_of(frame, x, "1", link)
    ll <- as.numeric(logLik(fit))
    ll0 <- as.numeric(logLik(null))
    cox_snell <- 1 - (exp(ll0 - ll))^(2 / n)
    statistics <- rbind(statistics, data.frame(
      case = case, link = link, n = n, loglik = ll, null_loglik = ll0, aic = AIC(fit), bic = BIC(fit),
      mcfadden = 1 - ll / ll0, cox_snell = cox_snell, nagelkerke = cox_snell / (1 - exp(ll0)^(2 / n))))
    for (term in terms) {
      compared <- anova(parameters_of(frame, x, setdiff(terms, term), link), fit)
      ratios <- rbind(ratios, data.frame(case = case, link = link, term = term, statistic = compared$LR.stat[2],
                                         df = compared$df[2], p_value = compared[["Pr(>Chisq)"]][2]))
    }
  }
  fit <- parameters_of(frame, x, terms, "logit")
  for (kind in c("model", "CR1")) {
    # Three Outstanding judgements: the cut above Good has an estimate, if a poor one.
    told <- brant(y, x, if (kind == "CR1") cluster)
    tests <- rbind(tests, data.frame(case = case, test = paste("brant", kind), term = c("all", terms), chi2 = told[, 1],
                                     df = told[, 2], p_value = told[, 3]))
  }
  # The likelihood-ratio alternative: slopes of their own at each cut for some terms (clm's nominal), against one for all.
  data <- as.data.frame(x)
  data$outcome <- factor(y, ordered = TRUE)
  free <- function(nominal) {
    same <- setdiff(terms, nominal)
    control <- clm.control(maxIter = 1000, gradTol = 1e-8, maxLineIter = 100)
    if (length(nominal) == 0) return(as.numeric(logLik(fit)))
    as.numeric(logLik(clm(reformulate(if (length(same)) same else "1", "outcome"), nominal = reformulate(nominal), data = data,
                          control = control)))
  }
  likelihood_ratio <- function(test, term, larger, smaller, df) {
    ratio <- 2 * (larger - smaller)
    data.frame(case = case, test = test, term = term, chi2 = ratio, df = df, p_value = pchisq(ratio, df, lower.tail = FALSE))
  }
  all_free <- free(terms)
  tests <- rbind(tests, likelihood_ratio("all free", "all", all_free, free(character()), (grades - 2) * length(terms)))
  for (term in terms) {
    # As ordinal::nominal_test has it, the others held to one slope; and as Brant's test has it, the others free too.
    tests <- rbind(tests, likelihood_ratio("one free", term, free(term), free(character()), grades - 2),
                   likelihood_ratio("all free", term, all_free, free(setdiff(terms, term)), grades - 2))
  }
}

write_exact <- function(table, file) {
  numeric <- vapply(table, is.double, logical(1))
  table[numeric] <- lapply(table[numeric], function(column) sprintf("%.15g", column))
  write.csv(table, file, row.names = FALSE, quote = FALSE, eol = "\n")
}
write_exact(estimates, "results_estimates.csv")
write_exact(covariances, "results_covariances.csv")
write_exact(marginals, "results_marginals.csv")
write_exact(tests, "results_tests.csv")
write_exact(statistics, "results_statistics.csv")
write_exact(ratios, "results_ratios.csv")
