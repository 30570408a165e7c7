import {
  Body,
  Controller,
  DefaultValuePipe,
  Get,
  Param,
  ParseIntPipe,
  Post,
  Query,
  Res,
  UseGuards,
} from '@nestjs/common';
import type { Response } from 'express';
import { CreateArticleDto } from './articles.dto';
import { ArticlesService } from './articles.service';
import { AuthenticationGuard, UserId } from './authentication.guard';

@Controller('articles')
export class ArticlesController {
  constructor(private readonly articles: ArticlesService) {}

  @Get()
  getAll(
    @Query('limit', new DefaultValuePipe(20), ParseIntPipe) limit: number,
    @Query('with') embedded?: string,
  ) {
    if (embedded?.split(',').includes('categories')) {
      return this.articles.getAllWithCategories(limit);
    }
    return this.articles.getAll(limit);
  }

  @Get(':id')
  getById(@Param('id', ParseIntPipe) id: number) {
    return this.articles.getById(id);
  }

  @Post()
  @UseGuards(AuthenticationGuard)
  async create(
    @Body() article: CreateArticleDto,
    @UserId() userId: number,
    @Res({ passthrough: true }) response: Response,
  ) {
    const created = await this.articles.create(article, userId);

    response.location(`/articles/${created?.id}`);
    return created;
  }
}
