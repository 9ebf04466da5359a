import enCompare from '../../messages/compare/en.json';
import zhCNCompare from '../../messages/compare/zh-CN.json';
import enDatasets from '../../messages/datasets/en.json';
import zhCNDatasets from '../../messages/datasets/zh-CN.json';
import en from '../../messages/en.json';
import enEvaluation from '../../messages/evaluation/en.json';
import zhCNEvaluation from '../../messages/evaluation/zh-CN.json';
import enNewRun from '../../messages/newRun/en.json';
import zhCNNewRun from '../../messages/newRun/zh-CN.json';
import enOperation from '../../messages/operation/en.json';
import zhCNOperation from '../../messages/operation/zh-CN.json';
import enSettings from '../../messages/settings/en.json';
import zhCNSettings from '../../messages/settings/zh-CN.json';
import enPalette from '../../messages/palette/en.json';
import zhCNPalette from '../../messages/palette/zh-CN.json';
import enReport from '../../messages/report/en.json';
import zhCNReport from '../../messages/report/zh-CN.json';
import enTryPicture from '../../messages/tryPicture/en.json';
import zhCNTryPicture from '../../messages/tryPicture/zh-CN.json';
import zhCN from '../../messages/zh-CN.json';

/** All texts, by language. Those of a large feature are in a folder of their own, under its name. */
export const messages = {
  en: { ...en, compare: enCompare, datasets: enDatasets, evaluation: enEvaluation, newRun: enNewRun, settings: enSettings, operation: enOperation, tryPicture: enTryPicture, palette: enPalette, report: enReport },
  'zh-CN': { ...zhCN, compare: zhCNCompare, datasets: zhCNDatasets, evaluation: zhCNEvaluation, newRun: zhCNNewRun, settings: zhCNSettings, operation: zhCNOperation, tryPicture: zhCNTryPicture, palette: zhCNPalette, report: zhCNReport },
};
